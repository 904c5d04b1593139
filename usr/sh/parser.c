/*
 * From tokens to a tree, by recursive descent:
 *
 *   list      and_or { ( ";" | "&" | newline ) and_or }
 *   and_or    pipeline { ( "&&" | "||" ) pipeline }
 *   pipeline  [ "!" ] command { "|" command }
 *   command   words and redirections | ( list ) | { list } | if | while | until | for
 *
 * If the text ends in the middle of something, more lines are needed.
 */
#include <err.h>
#include <string.h>

#include "usr/sh/sh.h"

struct parser {
	struct lexer lexer;
	enum parse_result result;
};

static struct node *parse_list(struct parser *parser);
static struct node *parse_pipeline(struct parser *parser);

static enum token token(const struct parser *parser)
{
	return parser->lexer.token;
}

static void advance(struct parser *parser)
{
	lexer_next(&parser->lexer);
}

static void skip_newlines(struct parser *parser)
{
	while (token(parser) == TOKEN_NEWLINE)
		advance(parser);
}

/* Only the first error counts. The rest of the text is skipped. */
static void fail(struct parser *parser)
{
	if (parser->result == PARSE_DONE) {
		bool at_end = token(parser) == TOKEN_END;

		parser->result = at_end ? PARSE_INCOMPLETE : PARSE_ERROR;
		if (!at_end)
			warnx("syntax error near '%.20s'",
				token(parser) == TOKEN_WORD ? parser->lexer.word
							    : parser->lexer.at - 1);
	}
	parser->lexer.token = TOKEN_END;
	parser->lexer.at = "";
}

static bool at_keyword(const struct parser *parser, const char *keyword)
{
	return token(parser) == TOKEN_WORD && strcmp(parser->lexer.word, keyword) == 0;
}

/* Whether the list ends here, where a command would begin: at a keyword, a ) or the text's end. */
static bool at_list_end(const struct parser *parser)
{
	static const char *const keywords[] = { "then", "else", "elif", "fi", "do", "done", "}" };

	if (token(parser) == TOKEN_END || token(parser) == TOKEN_CLOSE)
		return true;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (at_keyword(parser, keywords[i]))
			return true;
	return false;
}

static void expect_keyword(struct parser *parser, const char *keyword)
{
	if (at_keyword(parser, keyword))
		advance(parser);
	else
		fail(parser);
}

static struct node *new_node(enum node_kind kind, struct node *left, struct node *right)
{
	struct node *node = arena_take(sizeof(*node));

	node->kind = kind;
	node->left = left;
	node->right = right;
	return node;
}

/* Takes the word that the lexer is at. */
static const char *take_word(struct parser *parser)
{
	const char *word = parser->lexer.word;

	if (token(parser) != TOKEN_WORD) {
		fail(parser);
		return "";
	}
	advance(parser);
	return word;
}

/* Takes a redirection. Redirections are carried out in the order in which they are written. */
static void parse_redirection(struct parser *parser, struct node *node)
{
	struct redirection *redirection = arena_take(sizeof(*redirection));
	struct redirection **last = &node->redirections;

	redirection->fd = parser->lexer.fd;
	redirection->kind = parser->lexer.redirection;
	advance(parser);
	redirection->target = take_word(parser);
	while (*last)
		last = &(*last)->next;
	*last = redirection;
}

/* Takes the words up to the first other token, and redirections among them if allowed. */
static void parse_words(struct parser *parser, struct node *node, bool with_redirections)
{
	struct word **last = &node->words;

	for (;;) {
		if (token(parser) == TOKEN_WORD) {
			*last = arena_take(sizeof(struct word));
			(*last)->text = take_word(parser);
			last = &(*last)->next;
		} else if (with_redirections && token(parser) == TOKEN_REDIRECTION) {
			parse_redirection(parser, node);
		} else {
			return;
		}
	}
}

/* After "if" or "elif". */
static struct node *parse_if(struct parser *parser)
{
	struct node *node = new_node(NODE_IF, parse_list(parser), NULL);

	expect_keyword(parser, "then");
	node->right = parse_list(parser);
	if (at_keyword(parser, "elif")) {
		advance(parser);
		node->other = parse_if(parser);
		return node;
	}
	if (at_keyword(parser, "else")) {
		advance(parser);
		node->other = parse_list(parser);
	}
	expect_keyword(parser, "fi");
	return node;
}

static struct node *parse_body(struct parser *parser)
{
	struct node *body;

	expect_keyword(parser, "do");
	body = parse_list(parser);
	expect_keyword(parser, "done");
	return body;
}

static struct node *parse_while(struct parser *parser, enum node_kind kind)
{
	struct node *node = new_node(kind, parse_list(parser), NULL);

	node->right = parse_body(parser);
	return node;
}

static struct node *parse_for(struct parser *parser)
{
	struct node *node = new_node(NODE_FOR, NULL, NULL);

	node->name = take_word(parser);
	expect_keyword(parser, "in");
	parse_words(parser, node, false);
	if (token(parser) == TOKEN_SEMICOLON)
		advance(parser);
	skip_newlines(parser);
	node->right = parse_body(parser);
	return node;
}

static struct node *parse_subshell(struct parser *parser)
{
	struct node *node;

	advance(parser);
	node = new_node(NODE_SUBSHELL, parse_list(parser), NULL);
	if (token(parser) == TOKEN_CLOSE)
		advance(parser);
	else
		fail(parser);
	return node;
}

static struct node *parse_group(struct parser *parser)
{
	struct node *node = new_node(NODE_GROUP, parse_list(parser), NULL);

	expect_keyword(parser, "}");
	return node;
}

static bool take_keyword(struct parser *parser, const char *keyword)
{
	if (!at_keyword(parser, keyword))
		return false;
	advance(parser);
	return true;
}

static struct node *parse_command(struct parser *parser)
{
	struct node *node;

	if (at_list_end(parser)) {
		fail(parser);
		return NULL;
	}
	if (token(parser) == TOKEN_OPEN) {
		node = parse_subshell(parser);
	} else if (take_keyword(parser, "{")) {
		node = parse_group(parser);
	} else if (take_keyword(parser, "if")) {
		node = parse_if(parser);
	} else if (take_keyword(parser, "while")) {
		node = parse_while(parser, NODE_WHILE);
	} else if (take_keyword(parser, "until")) {
		node = parse_while(parser, NODE_UNTIL);
	} else if (take_keyword(parser, "for")) {
		node = parse_for(parser);
	} else {
		node = new_node(NODE_COMMAND, NULL, NULL);
		parse_words(parser, node, true);
		if (!node->words && !node->redirections)
			fail(parser);
		return node;
	}
	while (token(parser) == TOKEN_REDIRECTION)
		parse_redirection(parser, node);
	return node;
}

static struct node *parse_pipeline(struct parser *parser)
{
	struct node *node;

	if (take_keyword(parser, "!"))
		return new_node(NODE_NOT, parse_pipeline(parser), NULL);
	node = parse_command(parser);
	if (token(parser) != TOKEN_PIPE)
		return node;
	advance(parser);
	skip_newlines(parser);
	return new_node(NODE_PIPE, node, parse_pipeline(parser));
}

static struct node *parse_and_or(struct parser *parser)
{
	struct node *node = parse_pipeline(parser);

	while (token(parser) == TOKEN_AND || token(parser) == TOKEN_OR) {
		enum node_kind kind = token(parser) == TOKEN_AND ? NODE_AND : NODE_OR;

		advance(parser);
		skip_newlines(parser);
		node = new_node(kind, node, parse_pipeline(parser));
	}
	return node;
}

/* NULL if the list is empty. */
static struct node *parse_list(struct parser *parser)
{
	struct node *node, *rest;

	skip_newlines(parser);
	if (at_list_end(parser))
		return NULL;
	node = parse_and_or(parser);
	if (token(parser) == TOKEN_BACKGROUND)
		node = new_node(NODE_BACKGROUND, node, NULL);
	else if (token(parser) != TOKEN_SEMICOLON && token(parser) != TOKEN_NEWLINE)
		return node;
	advance(parser);
	rest = parse_list(parser);
	return rest ? new_node(NODE_SEQUENCE, node, rest) : node;
}

enum parse_result parse(const char *text, struct node **tree)
{
	struct parser parser = { .lexer.at = text };

	advance(&parser);
	*tree = parse_list(&parser);
	if (parser.result == PARSE_DONE && token(&parser) != TOKEN_END)
		fail(&parser);
	if (parser.result == PARSE_DONE && parser.lexer.incomplete)
		parser.result = PARSE_INCOMPLETE;
	return parser.result;
}
