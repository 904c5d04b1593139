"""The TAP that meson reads: cases are numbered as they come, the plan follows at the end."""

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
        print(f"{'ok' if passed else 'not ok'} {self.cases} - {name}", flush=True)
        for line in detail:
            self.note(line)

    def skip(self, name, reason):
        self.cases += 1
        print(f"ok {self.cases} - {name} # SKIP {reason}", flush=True)

    def note(self, text):
        for line in str(text).splitlines() or [""]:
            print(f"# {line}", flush=True)

    def end(self):
        """Print the plan. Returns the exit status for the script."""
        print(f"1..{self.cases}", flush=True)
        return 1 if self.failures else 0


def skip_all(reason):
    """A suite that cannot run here."""
    print(f"1..0 # SKIP {reason}", flush=True)


class Relay:
    """Passes a guest's TAP on. Several programs may each print cases from 1 and a plan of theirs."""

    def __init__(self, report):
        self.report = report
        self.planned = 0
        self.seen = 0

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
            self.report.note(text)

    def pass_on(self, passed, name):
        skipped = re.match(r"(.*?)\s*# SKIP\s*(.*)", name, re.I)
        if passed and skipped:
            self.report.skip(skipped[1], skipped[2])
        else:
            self.report.case(passed, name)

    def started(self):
        """Whether a program has shown a case or a plan."""
        return self.seen > 0 or self.planned > 0

    def complete(self):
        """Whether as many cases were seen as were announced, and there were any."""
        return self.seen == self.planned and self.seen > 0
