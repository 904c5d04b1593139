/*
 * From text to tokens. A word ends at a blank or an operator that is not quoted; quotes, $( )
 * and ${ } are only skipped here, expand.c looks into them.
 */
#include <ctype.h>
#include <string.h>

#include "usr/sh/sh.h"

static const char *skip_part(const char *at, bool in_quotes);

const char *skip_enclosed(const char *at, char end, bool in_quotes)
{
	while (at && *at && *at != end)
		at = skip_part(at, in_quotes);
	return at && *at ? at + 1 : NULL;
}

const char *skip_parentheses(const char *at)
{
	at++;
	while (at && *at && *at != ')')
		at = *at == '(' ? skip_parentheses(at) : skip_part(at, false);
	return at && *at ? at + 1 : NULL;
}

/* Skips a character, or all that is enclosed or quoted here; NULL if its end is missing. */
static const char *skip_part(const char *at, bool in_quotes)
{
	if (at[0] == '\\' && at[1])
		return at + 2;
	if (*at == '"')
		return skip_enclosed(at + 1, '"', true);
	if (*at == '\'' && !in_quotes) {
		at = strchr(at + 1, '\'');
		return at ? at + 1 : NULL;
	}
	if (at[0] == '$' && at[1] == '(')
		return skip_parentheses(at + 1);
	if (at[0] == '$' && at[1] == '{')
		return skip_enclosed(at + 2, '}', in_quotes);
	return at + 1;
}

/* The end of the word that begins here; NULL if it does not end in this text. */
static const char *skip_word(const char *at)
{
	while (at && *at && !strchr(" \t\n;&|<>()", *at))
		at = at[0] == '\\' && at[1] == '\n' && !at[2] ? NULL : skip_part(at, false);
	return at;
}

static void skip_blanks(struct lexer *lexer)
{
	for (;;) {
		if (lexer->at[0] == '\\' && lexer->at[1] == '\n') {
			lexer->at += 2;
			lexer->incomplete |= !*lexer->at;
		} else if (isblank(*lexer->at)) {
			lexer->at++;
		} else {
			break;
		}
	}
	if (*lexer->at == '#')
		lexer->at += strcspn(lexer->at, "\n");
}

/* [digit] then < > >> <& or >&. False if there is no redirection here. */
static bool lex_redirection(struct lexer *lexer)
{
	const char *at = lexer->at;
	int fd = -1;

	if (isdigit(*at))
		fd = *at++ - '0';
	if (*at != '<' && *at != '>')
		return false;

	lexer->token = TOKEN_REDIRECTION;
	lexer->fd = fd >= 0 ? fd : *at == '>';
	lexer->redirection = *at == '<' ? REDIRECT_INPUT : REDIRECT_OUTPUT;
	if (at[1] == '&') {
		lexer->redirection = REDIRECT_DUPLICATE;
		at++;
	} else if (at[0] == '>' && at[1] == '>') {
		lexer->redirection = REDIRECT_APPEND;
		at++;
	}
	lexer->at = at + 1;
	return true;
}

static void lex_word(struct lexer *lexer)
{
	const char *end = skip_word(lexer->at);

	lexer->token = TOKEN_WORD;
	if (!end) {
		lexer->incomplete = true;
		lexer->token = TOKEN_END;
		return;
	}
	lexer->word = arena_copy(lexer->at, end - lexer->at);
	lexer->at = end;
}

void lexer_next(struct lexer *lexer)
{
	static const struct {
		char text[3];
		enum token token;
	} operators[] = {
		{ "&&", TOKEN_AND }, /* longer ones first */
		{ "||", TOKEN_OR },
		{ "&", TOKEN_BACKGROUND },
		{ "|", TOKEN_PIPE },
		{ ";", TOKEN_SEMICOLON },
		{ "(", TOKEN_OPEN },
		{ ")", TOKEN_CLOSE },
		{ "\n", TOKEN_NEWLINE },
	};

	skip_blanks(lexer);
	if (!*lexer->at) {
		lexer->token = TOKEN_END;
		return;
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(lexer->at, operators[i].text, length) == 0) {
			lexer->token = operators[i].token;
			lexer->at += length;
			return;
		}
	}
	if (!lex_redirection(lexer))
		lex_word(lexer);
}
