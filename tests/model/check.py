"""Searches the model of a protocol to the end, and then, with one safeguard taken out at a
time, demands that an error is found. TAP."""
import os
import re
import subprocess
import sys
import tempfile

STEPS, STORES = 6, 3


def search(model, without=None):
    """The verifier's output for the model, complete or with a safeguard missing."""
    defines = [f"-DSTEPS={STEPS}", f"-DSTORES={STORES}"]
    if without:
        defines.append(f"-DWITHOUT_{without}")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["spin", "-Pclang -E -x c", "-a", *defines, os.path.abspath(model)], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["clang", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DVECTORSZ=1024", "-o",
                        "verifier", "pan.c"], cwd=folder, check=True)
        return subprocess.run(["./verifier", "-m100000", "-w24"], cwd=folder, check=True,
                              capture_output=True, text=True).stdout


def safeguards(model):
    """The names of the model's macros that take one out."""
    with open(model, encoding="utf-8") as file:
        return sorted(set(re.findall(r"WITHOUT_([A-Z]+(?:_[A-Z]+)*)", file.read())))


def report(number, good, name, output):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not good:
        print("# " + output.replace("\n", "\n# "))


def main():
    names = safeguards(sys.argv[1])
    print(f"1..{1 + len(names)}")
    output = search(sys.argv[1])
    complete = "errors: 0" in output and "Search not completed" not in output
    states = re.search(r"(\d+) states, stored", output)
    report(1, complete, f"the protocol holds in all of {states[1] if states else '?'} states", output)
    for number, safeguard in enumerate(names, 2):
        output = search(sys.argv[1], safeguard)
        report(number, "errors: 1" in output, f"an error is found without {safeguard}", output)


main()
