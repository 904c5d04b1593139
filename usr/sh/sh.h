/*
 * The shell's parts and what they ask of each other.
 *
 *   main      where commands come from: a terminal, a file, a string
 *   edit      a line from a terminal, with history and completion
 *   lexer     text -> tokens             parser    tokens -> a tree of nodes
 *   expand    words -> arguments: variables, quotes, file-name patterns
 *   execute   runs a tree                jobs      processes, groups, waiting
 *   builtins  commands that the shell itself must run
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Memory that lives until a mark is released (arena.c). Without memory, arena_take() exits. */
struct arena_mark {
	void *chunk;
	size_t used;
};

void *arena_take(size_t size); /* zeroed */
char *arena_copy(const char *text, size_t length);
struct arena_mark arena_mark(void);
void arena_release(struct arena_mark mark);

/* A text that grows in the arena. Once something is added, `bytes` ends with a zero. */
struct text {
	char *bytes;
	size_t length;
	size_t size;
};

void text_add(struct text *text, char character);
void text_add_string(struct text *text, const char *string);

/* The lexer. A word keeps its quotes: they matter until it is expanded. */
enum token {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_REDIRECTION,
	TOKEN_PIPE,       /* | */
	TOKEN_AND,        /* && */
	TOKEN_OR,         /* || */
	TOKEN_BACKGROUND, /* & */
	TOKEN_SEMICOLON,
	TOKEN_OPEN,  /* ( */
	TOKEN_CLOSE, /* ) */
};

enum redirection_kind { REDIRECT_INPUT, REDIRECT_OUTPUT, REDIRECT_APPEND, REDIRECT_DUPLICATE };

struct lexer {
	const char *at;
	enum token token;
	const char *word; /* of TOKEN_WORD */
	int fd;           /* of TOKEN_REDIRECTION, with its kind */
	enum redirection_kind redirection;
	bool incomplete; /* a quote or parenthesis is still open */
};

void lexer_next(struct lexer *lexer);
/* From an opening parenthesis to just after its closing one; NULL if there is none. */
const char *skip_parentheses(const char *at);
/* To just after the character that closes an open quote or brace; NULL if there is none. */
const char *skip_enclosed(const char *at, char end, bool in_quotes);

/* The parser. */
struct word {
	const char *text;
	struct word *next;
};

struct redirection {
	int fd;
	enum redirection_kind kind;
	const char *target;
	struct redirection *next;
};

enum node_kind {
	NODE_COMMAND,    /* words */
	NODE_PIPE,       /* left | right */
	NODE_AND,        /* left && right */
	NODE_OR,         /* left || right */
	NODE_SEQUENCE,   /* left; right */
	NODE_BACKGROUND, /* left & */
	NODE_NOT,        /* ! left */
	NODE_SUBSHELL,   /* ( left ) */
	NODE_GROUP,      /* { left } */
	NODE_IF,         /* if left; then right; else other; fi */
	NODE_WHILE,      /* while left; do right; done */
	NODE_UNTIL,      /* until left; do right; done */
	NODE_FOR,        /* for name in words; do right; done */
};

struct node {
	enum node_kind kind;
	struct node *left;
	struct node *right;
	struct node *other;
	const char *name;
	struct word *words;
	struct redirection *redirections;
};

enum parse_result { PARSE_DONE, PARSE_INCOMPLETE, PARSE_ERROR };

/* *tree is NULL if there was nothing but blanks and comments. Complains about errors itself. */
enum parse_result parse(const char *text, struct node **tree);

/* Expansion. Both results live in the arena. */
char **expand_words(const struct word *words); /* split and matched with file names */
char *expand_word(const char *word);           /* always one text */
void remove_backslashes(char *text);           /* those that make the next character literal */
bool matches_pattern(const char *pattern, const char *text);
/* Calls add(word) for each file name that matches, sorted; false if none does. */
bool expand_pattern(const char *pattern, void (*add)(void *context, const char *name),
	void *context);
long arithmetic(const char *expression);
/* Complains that something cannot be expanded, and gives up the line; in a script, exits. */
void expansion_failed(const char *reason, const char *where);

/* Variables. */
const char *variable_get(const char *name); /* NULL: not set */
void variable_set(const char *name, const char *value);
void variable_unset(const char *name);
void variable_export(const char *name);
size_t variable_name_length(const char *text); /* 0: does not begin with a name */
bool is_assignment(const char *word);
void assign(const char *assignment); /* NAME=VALUE, not expanded yet */

/* Execution. A status is what $? shows: 0 for success, 128 + n for death by signal n. */
struct shell {
	int status;
	bool interactive; /* reads from a terminal, gives jobs process groups of their own */
	bool exiting;
	volatile bool interrupted; /* by Ctrl-C, or an error: give up what is left of the line */
	int substitution_status;   /* of the last $( ) */
	int loops;                 /* how many loops surround what runs */
	int loops_to_leave;        /* break, continue: how many loops to unwind */
	bool continuing;           /* … and go on with the last of them */
	pid_t pid;                 /* $$, of the shell itself: the same in its children */
	pid_t last_background;     /* $! */
	const char *name;          /* $0 */
	char **arguments;          /* $1, … */
	int argument_count;
};

extern struct shell shell;

/* Whether exit, Ctrl-C, break or continue ends what runs now. */
static inline bool leaving(void)
{
	return shell.exiting || shell.interrupted || shell.loops_to_leave;
}

int execute(const struct node *node);
char *command_output(const char *text); /* in the arena, without newlines at the end */

/* Runs texts, not trees (main.c). */
int run_string(const char *text);
int run_file(const char *path);

/* Processes that belong together. */
#define JOB_PROCESSES_MAX 32

struct job {
	pid_t group;
	pid_t processes[JOB_PROCESSES_MAX];
	int count;
	bool background;
};

void jobs_start(void);
pid_t job_fork(struct job *job);   /* 0 in the child, negative after a complaint */
int job_wait(struct job *job);     /* the last process's status */
int job_continue(bool background); /* the job that was stopped last */
void jobs_report_finished(void);
int status_of(int wait_status);

/* The shell's own descriptors begin here, out of the way of those that users name. */
#define FIRST_HIDDEN_FD 10

/* Redirections. The descriptors as they were are kept in `saved`, unless that is NULL. */
struct saved_fds {
	int count;
	struct {
		int fd;
		int copy; /* negative: was closed */
	} entries[8];
};

int redirect(const struct redirection *redirection, struct saved_fds *saved);
void restore_fds(struct saved_fds *saved);

/* Built-in commands. */
typedef int (*builtin_t)(int argc, char **argv);

builtin_t find_builtin(const char *name);
int builtin_test(int argc, char **argv);

/* The terminal. Text is UTF-8: whether this byte continues a character that began before it. */
static inline bool continues_character(char byte)
{
	return (byte & 0xc0) == 0x80;
}

char *edit_line(const char *prompt); /* in the arena; NULL at the end of input */
void history_print(void);
/* Completes the word before the cursor; returns the new cursor. May print a list of choices. */
size_t complete(char *line, size_t size, size_t cursor);
