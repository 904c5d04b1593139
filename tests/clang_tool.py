"""Which of clang's tools are used. What they find, and how they format, differs between versions."""

import re
import shutil
import subprocess

VERSION = "14"


def find(tool):
    """The command of the version that the project uses; None: it is not installed."""
    for name in (f"{tool}-{VERSION}", tool):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], check=True, capture_output=True, text=True)
            if re.search(rf"version {VERSION}\.", version.stdout):
                return name
    return None
