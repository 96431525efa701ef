"""See that the programs are there which tests drive: clients of the file servers, and a Redis of their own.

What is missing is installed. Exit code 1 and one line that says what to do where that needs a question.
"""

import os
import shutil
import subprocess
import sys

PACKAGES = {
    "sftp": "openssh-client",
    "scp": "openssh-client",
    "ssh-keygen": "openssh-client",
    "curl": "curl",
    "lftp": "lftp",
    "redis-server": "redis-server",
}
SERVER = {"sshd": "openssh-server"}
"""What benchmarks compare with."""


def missing(wanted: dict[str, str]) -> list[str]:
    """Return the packages of the programs that are not there."""
    path = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    there = {program for program in wanted if shutil.which(program, path=path)}
    return sorted({package for program, package in wanted.items() if program not in there})


def install(packages: list[str]) -> bool:
    """Install them where that needs no question; True where it worked."""
    if shutil.which("apt-get") is None:
        return False
    before: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            return False
        before = ["sudo", "-n"]
    options = ["--yes", "--no-install-recommends"]
    for command in (["apt-get", "update"], ["apt-get", "install", *options, *packages]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        sys.stderr.write(f"Programs that the tests drive: {' '.join(command)}\n")
        if subprocess.run([*before, *command], env=environment, stdout=sys.stderr, check=False).returncode:
            return False
    return True


def main() -> None:
    """Find, else install, else say how."""
    wanted = PACKAGES | (SERVER if "--server" in sys.argv[1:] else {})
    packages = missing(wanted)
    if packages and not install(packages):
        sys.exit(f"The tests need more programs: apt-get install {' '.join(packages)}")


if __name__ == "__main__":
    main()
