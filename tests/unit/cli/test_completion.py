"""The completion scripts offer what the program takes."""

import subprocess

import pytest

from sidegate.cli import COMMANDS, check, inject, main
from sidegate.cli.completion import OWN_FLAGS, OWN_SWITCHES, WRITERS
from sidegate.config.options import GENERAL, OPTIONS, Status

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("shell", WRITERS)
def test_completion_offers_every_built_flag_and_command(shell: str, capsys: Output) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for option in (*GENERAL, *OPTIONS):
        if option.status is Status.BUILT:
            assert f"-l {option.flag} " in text or f"--{option.flag}" in text
    assert all(command in text for command in COMMANDS)


def test_bash_completes_flags() -> None:
    script = WRITERS["bash"]() + (
        "compopt() { :; }\nCOMP_WORDS=(sidegate serve --oidc-iss)\nCOMP_CWORD=2\n"
        '_sidegate\necho "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "--oidc-issuer-url=\n"


@pytest.mark.parametrize("shell", WRITERS)
def test_flags_of_one_command_are_offered_beside_those_of_serve(shell: str) -> None:
    text = WRITERS[shell]()
    for names in OWN_FLAGS.values():
        assert all(f"--{name}=" in text or f"-l {name} -r" in text for name in names)
    for names in OWN_SWITCHES.values():
        assert all(f"--{name}" in text or f"-l {name} -d" in text for name in names)


def test_every_flag_of_check_and_inject_is_offered() -> None:
    for command, parser in (("check", check.parser()), ("inject", inject.parser())):
        usage = parser.format_usage().replace("[", " ").replace("]", " ").split()
        names = {word.removeprefix("--") for word in usage if word.startswith("--")}
        assert names <= {*OWN_FLAGS[command], *OWN_SWITCHES[command]}
        assert "--in-place" in WRITERS["bash"]()


def test_bash_completes_the_flags_of_a_command() -> None:
    script = WRITERS["bash"]() + (
        "compopt() { :; }\nCOMP_WORDS=(sidegate doctor --for)\nCOMP_CWORD=2\n"
        '_sidegate\necho "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert "--format=" in done.stdout.split()


@pytest.mark.parametrize("shell", WRITERS)
def test_what_follows_a_command_is_offered_too(shell: str) -> None:
    assert "rotate" in WRITERS[shell]()
