"""Say in plain words what this machine lacks for Hingewise, before anything is installed.

Run by ``make`` with the Python it is about to use; exits with 1 and one line per missing thing.
It must run on old Pythons too, so that they get a message and no traceback.
"""

import ctypes
import importlib.util
import platform
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)

SYSTEM_LIBRARIES = {
    # what OpenCV loads on Linux: the package of Debian and Ubuntu that brings it
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
}

PLATFORMS = {
    # what the pose library, mediapipe, is published for
    ("Linux", "x86_64"),
    ("Darwin", "arm64"),
    ("Windows", "AMD64"),
}


def python_problems(version=sys.version_info):
    """Tell whether this Python is one that the locked packages are published for."""
    found = (version[0], version[1])
    if OLDEST <= found <= NEWEST:
        return []
    problem = (
        f"Hingewise needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}; "
        f"this is {found[0]}.{found[1]} ({sys.executable}). "
        "Install one, or name it, for example: make demo PYTHON=python3.12"
    )
    return [problem]


def venv_problems(find=importlib.util.find_spec):
    """Tell whether ``python -m venv`` can make an environment that has pip."""
    if find("venv") and find("ensurepip"):
        return []
    return ["This Python cannot make a virtual environment. Run: apt-get install python3-venv"]


def platform_problems(system, machine):
    """Tell whether the pose library is published for this kind of computer."""
    if (system, machine) in PLATFORMS:
        return []
    known = ", ".join(sorted(f"{name} {kind}" for name, kind in PLATFORMS))
    return [f"The pose library has no build for {system} {machine}; it has one for {known}."]


def library_problems(system, load=ctypes.CDLL):
    """Tell which shared libraries OpenCV will miss on Linux."""
    if system != "Linux":
        return []
    missing = [name for name in SYSTEM_LIBRARIES if not loads(name, load)]
    if not missing:
        return []
    packages = " ".join(SYSTEM_LIBRARIES[name] for name in missing)
    return [f"OpenCV needs {' and '.join(missing)}. Run: apt-get install {packages}"]


def loads(name, load):
    """Try to load a shared library."""
    try:
        load(name)
    except OSError:
        return False
    return True


def main():
    """Print every problem; return the exit status."""
    system = platform.system()
    problems = (
        python_problems()
        + venv_problems()
        + platform_problems(system, platform.machine())
        + library_problems(system)
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
