"""TAP for meson: cases are numbered as they come, the plan follows at the end."""

import itertools
import re

CASE = re.compile(r"^(not )?ok\b(?:\s+(\d+))?\s*(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)\s*(#.*)?$")


class Report:
    def __init__(self):
        self.cases = 0
        self.failures = 0

    def case(self, passed, name, detail=()):
        self.cases += 1
        self.failures += not passed
        self.line(f"{'ok' if passed else 'not ok'} {self.cases} - {name}")
        for line in detail:
            self.note(line)

    def skip(self, name, reason):
        self.cases += 1
        self.line(f"ok {self.cases} - {name} # SKIP {reason}")

    def line(self, text):
        print(text, flush=True)

    def note(self, text):
        for line in str(text).splitlines() or [""]:
            self.line(f"# {line}")

    def end(self):
        """Print the plan. Returns the exit status for the script."""
        self.line(f"1..{self.cases}")
        return 1 if self.failures else 0


class Unheard(Report):
    """The report of a run that is only compared with another: it prints nothing."""

    def line(self, text):
        pass


def skip_all(reason):
    """Report a suite that cannot run here."""
    print(f"1..0 # SKIP {reason}", flush=True)


class Relay:
    """Passes a guest's TAP on. Several programs may each print cases from 1 on and their own plan.

    `results` has the results of the cases, in order: a name, and passed, failed or skipped.
    """

    def __init__(self, report):
        self.report = report
        self.planned = 0
        self.seen = 0
        self.results = []
        self.spoken = False

    def line(self, text):
        case = CASE.match(text)
        plan = PLAN.match(text)
        if case:
            self.seen += 1
            self.pass_on(not case[1], case[3].removeprefix("- ").strip() or f"case {self.seen}")
        elif plan:
            self.planned += int(plan[1])
            self.report.note(text)
        elif text.startswith("Bail out!"):
            self.report.case(False, text)
        else:
            self.spoken = self.spoken or text.startswith("# ")
            self.report.note(text)

    def pass_on(self, passed, name):
        skipped = re.match(r"(.*?)\s*# SKIP\s*(.*)", name, re.I)
        if passed and skipped and skipped[2]:
            self.results.append((skipped[1], "skipped"))
            self.report.skip(skipped[1], skipped[2])
        else:
            self.results.append((name.split(" # ")[0], "passed" if passed else "failed"))
            self.report.case(passed, name)

    def started(self):
        """Whether a program has printed a case, a plan or a note."""
        return self.seen > 0 or self.planned > 0 or self.spoken

    def complete(self):
        """Whether there were cases, and as many as announced."""
        return self.seen == self.planned and self.seen > 0

    def differences(self, other):
        """The cases whose results differ from another guest's; a skipped case equals any result."""
        lines = []
        for mine, its in itertools.zip_longest(self.results, other.results, fillvalue=("", "")):
            same_result = mine[1] == its[1] or "skipped" in (mine[1], its[1])
            if mine[0] != its[0] or not same_result:
                lines.append(f"{mine[0]} {mine[1]} / {its[0]} {its[1]}")
        return lines
