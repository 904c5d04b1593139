/*
 * From text to tokens. A word goes on until a blank or an operator that is not quoted; quotes
 * and $( ) are only skipped here, expand.c looks into them.
 */
#include <ctype.h>
#include <string.h>

#include "usr/sh/sh.h"

/* From an opening quote to behind its closing one; NULL if there is none. */
static const char *skip_quotes(const char *at)
{
	char quote = *at++;

	for (; *at && *at != quote; at++)
		if (*at == '\\' && quote == '"' && at[1])
			at++;
	return *at ? at + 1 : NULL;
}

const char *skip_parentheses(const char *at)
{
	int depth = 0;

	while (*at) {
		if (*at == '\'' || *at == '"') {
			at = skip_quotes(at);
			if (!at)
				return NULL;
			continue;
		}
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '(')
			depth++;
		else if (*at == ')' && --depth == 0)
			return at + 1;
		at++;
	}
	return NULL;
}

/* The end of the word that begins here; NULL if it does not end in this text. */
static const char *skip_word(const char *at)
{
	while (at && *at && !strchr(" \t\n;&|<>()", *at)) {
		if (*at == '\'' || *at == '"') {
			at = skip_quotes(at);
		} else if (at[0] == '$' && at[1] == '(') {
			at = skip_parentheses(at + 1);
		} else if (at[0] == '$' && at[1] == '{') {
			at = strchr(at, '}');
			at = at ? at + 1 : NULL;
		} else if (*at == '\\') {
			if (!at[1] || (at[1] == '\n' && !at[2]))
				return NULL;
			at += 2;
		} else {
			at++;
		}
	}
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

/* [digits] then < > >> <& or >&. False if there is no redirection here. */
static bool lex_redirection(struct lexer *lexer)
{
	const char *at = lexer->at;
	int fd = -1;

	while (isdigit(*at))
		fd = (fd < 0 ? 0 : fd) * 10 + (*at++ - '0');
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
