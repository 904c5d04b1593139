/*
 * shelltest: the shell's language. Each script runs in a shell of its own; what it prints and how
 * it exits must be as POSIX says.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usr/tests/tap.h"

#define OUTPUT_BYTES 4096

/* Standard output and standard error come in one stream. */
static void run(const char *script, char *output, int *status)
{
	size_t length = 0;
	ssize_t count;
	int ends[2];

	CHECK(pipe(ends) == 0);
	int child = tap_fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", script, "name", "one", "two words", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((count = read(ends[0], output + length, OUTPUT_BYTES - 1 - length)) > 0)
		length += (size_t)count;
	close(ends[0]);
	output[length] = '\0';
	*status = tap_wait(child);
}

static void gives(const char *script, const char *expected)
{
	static char output[OUTPUT_BYTES];
	int status;

	run(script, output, &status);
	if (strcmp(output, expected) != 0)
		FAIL("%s: gave \"%s\", not \"%s\"", script, output, expected);
}

static void exits(const char *script, int expected)
{
	static char output[OUTPUT_BYTES];
	int status;

	run(script, output, &status);
	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status) != expected)
		FAIL("%s: exited with %d, not %d", script, WEXITSTATUS(status), expected);
}

static void quotes(void)
{
	gives("echo one  two", "one two\n");
	gives("echo 'one  $two' \"three  \\\"four\\\"\" fi\\ ve",
		"one  $two three  \"four\" fi ve\n");
	gives("echo a#b '#c' # comment", "a#b #c\n");
	gives("echo 'over\nlines'", "over\nlines\n");
	gives("echo con\\\ntinued", "continued\n");
	gives("echo \"\" '' x", "  x\n");
}

static void variables(void)
{
	gives("x=5; y='a  b'; echo $x ${x}z $y \"$y\" [$none]", "5 5z a b a  b []\n");
	gives("echo ${none:-other} ${none:-\"two words\"}", "other two words\n");
	gives("echo $0 $1 $# \"$@\" $*", "name one 2 one two words one two words\n");
	gives("shift; echo $1 $#", "two words 1\n");
	gives("x=here env | grep '^x='; echo [$x]", "x=here\n[]\n");
	gives("x=1; export x; sh -c 'echo $x'; unset x; echo [$x]", "1\n[]\n");
	gives("echo a b c | { read first rest; echo $rest; }", "b c\n");
	gives("echo inside > file$$; cat file$$ | grep in; [ $$ = $(echo $$) ] && (cat file$$)",
		"inside\ninside\n");
}

static void fields(void)
{
	gives("y='a  b'; for i in 1 '2 3' $y \"$y\"; do echo \"<$i>\"; done",
		"<1>\n<2 3>\n<a>\n<b>\n<a  b>\n");
	gives("for i in \"$@\"; do echo \"<$i>\"; done", "<one>\n<two words>\n");
	gives("for i in $none; do echo $i; done; echo end", "end\n");
}

static void substitutions(void)
{
	gives("echo $(echo one $(echo \"two)\"))", "one two)\n");
	gives("echo \"$(echo 'a  b')\"", "a  b\n");
	gives("echo $((1 + 2 * 3)) $(((1 + 2) * 3)) $((7 / 2)) $((-7 % 4)) $((2 < 3))",
		"7 9 3 -3 1\n");
	gives("i=4; echo $((i * i - 1))", "15\n");
}

static void statuses(void)
{
	exits("true", 0);
	exits("false", 1);
	exits("exit 7", 7);
	exits("no-such-command", 127);
	exits("/tmp", 126);
	exits("(exit 3)", 3);
	exits("! true", 1);
	exits("false | true", 0);
	exits("true | false", 1);
	exits("sh -c 'kill -9 $$'", 128 + 9);
	exits("if", 2);
	gives("x=$(false); echo $?", "1\n");
}

static void lists(void)
{
	gives("true && echo yes; false && echo no; echo $?", "yes\n1\n");
	gives("false || echo or; true || echo no", "or\n");
	gives("false && echo a || echo b", "b\n");
	gives("{ echo one; echo two; } | cat", "one\ntwo\n");
	gives("x=1; (x=2; cd /tmp; pwd); echo $x", "/tmp\n1\n");
	gives("sleep 0 & wait $!; echo $?; (exit 4) & wait $!; echo $?", "0\n4\n");
}

static void compounds(void)
{
	gives("if false; then echo a; elif true; then echo b; else echo c; fi", "b\n");
	gives("i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; "
	      "echo $i; done",
		"1\n3\n");
	gives("i=0; until test $i -ge 3; do i=$((i + 1)); done; echo $i", "3\n");
	gives("for a in 1 2; do for b in x y; do [ $b = y ] && continue 2; echo $a$b; done; done",
		"1x\n2x\n");
	gives("while :; do while :; do break 2; done; done; echo out", "out\n");
	gives("if true\nthen\n\techo lines\nfi", "lines\n");
}

static void redirections(void)
{
	gives("echo one > f; echo two >> f; cat < f; cat f | wc -l | grep -c 2", "one\ntwo\n1\n");
	gives("cat /none 2> /dev/null; echo $?", "1\n");
	gives("{ echo out; echo err >&2; } 2>&1 > /dev/null | cat", "err\n");
	gives("exec 3> f; echo three >&3; exec 3>&-; cat f", "three\n");
	gives("for i in 1 2; do echo $i; done > f; cat f", "1\n2\n");
	gives("echo new > f; : > f; cat f", "");
}

static void patterns(void)
{
	gives("mkdir d; cd d; echo > a.c; echo > b.c; echo > c.h; echo > .dot; "
	      "echo *.c; echo [ac].? [!a].c; echo *; echo .d*; echo none* '*.c' \\*.c; cd ..; echo d/*.h",
		"a.c b.c\na.c c.h b.c\na.c b.c c.h\n.dot\nnone* *.c *.c\nd/c.h\n");
	gives("p='d/*.c'; echo $p \"$p\"", "d/a.c d/b.c d/*.c\n");
}

static void questions(void)
{
	gives("for w in a ''; do [ $w ] && echo word; [ -z \"$w\" ] && echo empty; done",
		"word\nempty\n");
	gives("[ a = a ] && [ a != b ] && [ 2 -gt 1 ] && ! [ 1 -eq 2 ] && echo all", "all\n");
	gives("[ -d /tmp ] && ! [ -f /tmp ] && [ -x /bin/sh ] && [ ! -e /none ] && echo files",
		"files\n");
	exits("[ a", 2);
}

static void scripts(void)
{
	gives("echo 'echo in $1 $#; exit 4' > s; sh s a b; echo $?", "in a 2\n4\n");
	gives("echo 'x=set' > s; . ./s; echo $x", "set\n");
	gives("echo 'echo from input' | sh", "from input\n");
	gives("eval 'y=1; echo' \"'a  b'\" '$y'", "a  b 1\n");
}

static void nested_quotes(void)
{
	gives("echo \"$(echo \"a  b\")\" \"$(echo \"$(echo ')  c')\")\"", "a  b )  c\n");
	gives("echo \"${none:-\"a  b\"}\" ${none:-${other:-d}} \"${none:-$(echo '}')}\" ${none:-'}'}",
		"a  b d } }\n");
	exits("echo \"${x\"", 2);
	exits("echo \"$(echo\"", 2);
	exits("echo ${x", 2);
}

/* The shell must not take expansions that it does not know for something else. */
static void bad_expansions(void)
{
	gives("x=abc; (echo ${x#a}) 2> /dev/null; echo $?", "2\n");
	gives("x=abc; (echo ${#x}; echo on) 2> /dev/null; echo $?", "2\n");
	gives("(echo ${}) 2> /dev/null; echo $?", "2\n");
	gives("(echo $((1 / 0)); echo on) 2> /dev/null; echo $?", "2\n");
	gives("(echo $((1 && 0))) 2> /dev/null; echo $?", "2\n");
	gives("(echo $((1 + ))) 2> /dev/null; echo $?", "2\n");
	gives("p='('; (echo $(($p 1))) 2> /dev/null; echo $?", "2\n");
	gives("echo [$!]; sh -c 'echo ${10} ${2}' 0 1 2 3 4 5 6 7 8 9 ten", "[]\nten 2\n");
}

static void last_status(void)
{
	gives("false; x=$?; echo $x; x=$(false)$?; echo $? $x", "1\n1 0\n");
	gives("$(false); echo $?; false; $none; echo $?; $(exit 3) || echo or", "1\n0\nor\n");
	gives("false; echo $(echo $?)", "1\n");
}

static void leaving_loops(void)
{
	gives("for i in 1 2; do break 5; done; echo $i", "1\n");
	gives("for i in 1 2; do continue 5; done; echo $i", "2\n");
	gives("break; echo on", "on\n");
	gives("for i in 1 2; do for j in 1 2; do (break 2; echo no); break; done; echo $i$j; done",
		"11\n21\n");
	gives("echo 'break; echo no\necho no' > f; for i in 1 2; do . ./f; echo no; done; echo $i",
		"1\n");
	gives("for i in 1 2; do break 0; done 2> /dev/null; echo $i", "1\n");
}

static void once_expanded(void)
{
	gives(": $(echo once >> f) | cat; cat f", "once\n");
	gives("cd $(echo once >> g) & wait; cat g", "once\n");
	gives("x=5 | cat; echo [$x]; x=1 sh -c 'echo $x' | cat", "[]\n1\n");
}

static void descriptors(void)
{
	gives("cd . >&-; echo on; { :; } 2>&-; echo error >&2", "on\nerror\n");
	gives("(echo no >&f) 2> /dev/null; echo $?; ls", "1\n");
	gives("echo a 10>f; cat f", "a 10\n");
	gives("echo 'exec 10> f\necho on' > s; sh s > /dev/null 2>&1; echo $?", "127\n");
	gives("help > /dev/full; echo $?", "1\n");
}

static void reading(void)
{
	gives("echo '  one two  three  ' | { read -r a b; echo \"[$a][$b]\"; }",
		"[one][two  three]\n");
	gives("echo one > f; echo two >> f; while read -r line; do echo \"<$line>\"; done < f",
		"<one>\n<two>\n");
	gives("export 1x 2> /dev/null; echo $?", "1\n");
}

static void numbers(void)
{
	exits("[ 9223372036854775807 -gt -1 ]", 0);
	exits("[ abc -eq 0 ]", 2);
	exits("[ 1 -eq 1x ]", 2);
	exits("[ '' -eq 0 ]", 2);
	exits("[ ' 7' -eq 7 ]", 0);
}

static void odd_patterns(void)
{
	gives("mkdir d; echo > d/a; echo d//* /$(pwd)/d/* | grep -c '^d//a .*/d/a$'", "1\n");
	gives("echo abcdef[ 'abcdef'[a]", "abcdef[ abcdef[a]\n");
	gives("f=aaaaaaaaaaaaaaaaaaaa; f=$f$f$f; echo > $f; echo *a*a*a*a*a*a*a*a*a*a*a*a*b",
		"*a*a*a*a*a*a*a*a*a*a*a*a*b\n");
}

static void many(void)
{
	gives("c='| cat'; c=\"$c $c $c $c\"; c=\"$c $c $c $c\"; eval \"echo x $c $c $c\"\n"
	      "echo $?",
		"sh: a pipeline may have 32 commands\n1\n");
	gives("sh /tmp 2> /dev/null || echo failed", "failed\n");
	gives("echo 'if true; then )\necho no\nfi' > s; sh s 2> /dev/null; echo $?; sh < s 2> /dev/null; "
	      "echo $?; . ./s 2> /dev/null; echo $?",
		"2\n2\n2\n");
	gives("echo end\\", "end\\\n");
}

static void tools_keep_files(void)
{
	gives("echo x > f; cp f f 2> /dev/null; echo $?; cp f . 2> /dev/null; echo $?; cat f",
		"1\n1\nx\n");
	gives("ln -f f f 2> /dev/null; echo $?; ln -f none f 2> /dev/null; echo $?; cat f",
		"1\n1\nx\n");
	gives("mkdir a b; cp -r a/ b; mv a/ b/ 2> /dev/null; ls b; rm -rf a b", "a\n");
	gives("mkdir a b; mv a/ b; ls b; rm -r b", "a\n");
	gives("mkdir a; cp -r a a/b 2> /dev/null; echo $?; ls a/b; rm -r a", "1\n");
	gives("mkdir a; cd a; rm -r . .. ./ ../. 2> /dev/null; echo $?; cd ..; ls", "1\na\nf\n");
}

static void tools_refuse(void)
{
	exits("kill -1", 1);
	exits("kill -9", 1);
	exits("kill 4294967297", 1);
	exits("echo > f; mkdir -p f", 1);
	exits("mkdir -p ''", 1);
	exits("rm", 1);
	exits("head -n x f", 1);
	exits("tail f f", 1);
	exits("wc /tmp", 1);
	exits("head /tmp", 1);
	exits("tail /tmp", 1);
	exits("grep x /tmp", 2);
	exits("hexdump /tmp", 1);
	exits("cat /tmp", 1);
}

static void full_output(void)
{
	static const char *const commands[] = { "echo x", "env", "free", "grep x f", "grep -c x f",
		"head f", "hexdump f", "kill -l", "ls", "ls -l", "maps", "ps", "pwd", "tail f",
		"uname", "wc f", "cat f" };
	char script[100];

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		int status = strncmp(commands[i], "grep", 4) == 0 ? 2 : 1;

		snprintf(script, sizeof(script), "echo x > f; exec %s > /dev/full 2> /dev/null",
			commands[i]);
		exits(script, status);
		snprintf(script, sizeof(script), "echo x > f; exec %s >&- 2> /dev/null",
			commands[i]);
		exits(script, status);
	}
}

static void odd_names(void)
{
	gives("echo x > ./-f; cat -- -f; mv -- -f g; touch -- -g; ls; rm -- -g g", "x\n-g\ng\n");
	gives("n='two\nlines'; echo x > \"$n\"; cp \"$n\" 'a b'; cat *; rm *; ls", "x\nx\n");
	gives("mkdir d; touch d && echo touched", "touched\n");
	gives("echo 1 > f; echo 2 >> f; echo 3 >> f; tail -n +2 f; tail -n -1 f", "2\n3\n3\n");
	gives("echo 'x]y' > f; grep '[' f; echo $?; grep '[^' f; echo $?", "1\n1\n");
	gives("mkdir m m/d; echo x > m/f; ln -s f m/l; mv m /dev/m; echo $?; ls m 2> /dev/null; cat /dev/m/l; "
	      "test -L /dev/m/l || echo copied; ls /dev/m; rm -r /dev/m",
		"0\nx\nd\nf\nl\n");
}

int main(int argc, char **argv)
{
	static const struct tap_case cases[] = {
		{ "quotes", quotes, 0 },
		{ "variables", variables, 0 },
		{ "fields", fields, 0 },
		{ "substitutions", substitutions, 0 },
		{ "statuses", statuses, 0 },
		{ "lists", lists, 0 },
		{ "compounds", compounds, 0 },
		{ "redirections", redirections, 0 },
		{ "patterns", patterns, 0 },
		{ "questions", questions, 0 },
		{ "scripts", scripts, 0 },
		{ "nested-quotes", nested_quotes, 0 },
		{ "bad-expansions", bad_expansions, 0 },
		{ "last-status", last_status, 0 },
		{ "leaving-loops", leaving_loops, 0 },
		{ "once-expanded", once_expanded, 0 },
		{ "descriptors", descriptors, 0 },
		{ "reading", reading, 0 },
		{ "numbers", numbers, 0 },
		{ "odd-patterns", odd_patterns, 0 },
		{ "many", many, 0 },
		{ "tools-keep-files", tools_keep_files, 0 },
		{ "tools-refuse", tools_refuse, 0 },
		{ "full-output", full_output, 0 },
		{ "odd-names", odd_names, 0 },
	};
	static const struct tap_group groups[] = { TAP_GROUP(cases) };
	static const struct tap_suite suite = {
		.name = "shelltest",
		.groups = groups,
		.group_count = sizeof(groups) / sizeof(groups[0]),
		.last_line = "ALL SHELL TESTS PASSED",
	};

	return tap_main(argc, argv, &suite);
}
