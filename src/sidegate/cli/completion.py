"""`sidegate completion`: scripts for bash, zsh and fish, written from the table of options."""

import argparse
from collections.abc import Callable

from sidegate.cli import COMMANDS
from sidegate.config.options import GENERAL, OPTIONS, Kind, Option, Status

ACTIONS = "check show jwks schema docs"
SHELLS = "bash zsh fish"

EPILOG = """\
examples:
  source <(sidegate completion bash)
  sidegate completion zsh > "${fpath[1]}/_sidegate"
  sidegate completion fish > ~/.config/fish/completions/sidegate.fish
"""

# The flags that a command has besides those of serve, each with what it is for.
OWN_FLAGS = {
    "top": {
        "metrics": "the metrics listener of the gate",
        "interval": "seconds between two frames",
    },
    "doctor": {
        "url": "where people open the site",
        "format": "text or json",
        "code": "explain the code of an error or a finding",
        "docs": "print a page of the documentation",
    },
    "check": {
        "format": "text, json, sarif or checklist",
        "fail-on": "the least that fails - problem, warning or notice",
        "review": "the file with waivers and reviews",
        "url": "the public address of a gate that runs",
        "application": "HOST:PORT of the application that has to refuse",
        "callback": "the callback address, if not on that host",
        "prefix": "the proxy_prefix of that gate",
        "ca-file": "whom to trust besides",
    },
    "inject": {
        "image": "the image of sidegate",
        "secret": "the Secret with client-secret and cookie-secret",
        "config-map": "the ConfigMap with sidegate.toml",
        "workload": "KIND/NAME that gets a gate",
        "upstream-port": "the port of the application",
        "leave-port": "a port of a Service that may lead past the gate",
    },
}
OWN_SWITCHES = {
    "check": {"questions": "print a review file to fill in"},
    "inject": {
        "in-place": "change the files themselves",
        "uninject": "take the gate out again",
        "check": "write nothing, say what would change",
        "openshift": "the cluster chooses the user",
        "istio": "a proxy of Istio is in front",
        "keep-probes": "let probes be as they are",
        "classic": "no native sidecar",
    },
}

BASH = """\
# bash completion for sidegate
_sidegate() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words
    case "$command" in
        config) words="{actions}" ;;
        secret) words="rotate" ;;
        completion) words="{shells}" ;;
        rules) words="test" ;;
        *) words="{commands}" ;;
    esac
    if [[ "$word" == -* ]]; then
        words="{flags}"
        case "$command" in
{own}
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [[ "${{COMPREPLY[0]}}" == *= ]]; then
        compopt -o nospace
    fi
}}
complete -o default -F _sidegate sidegate
"""

ZSH = """\
#compdef sidegate
_sidegate() {{
    local -a flags=(
{flags}
    )
    case "$words[2]" in
        config) _arguments $flags '2:action:({actions})' ;;
        secret) _arguments '2:action:(rotate)' '3:file:_files' ;;
        completion) _arguments '2:shell:({shells})' ;;
{own}
        *) _arguments $flags '1:command:({commands})' ;;
    esac
}}
compdef _sidegate sidegate
"""


def run(words: list[str]) -> int:
    """Print the script of one shell."""
    parser = argparse.ArgumentParser(
        prog="sidegate completion",
        description="Print a completion script.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=WRITERS)
    shell: str = parser.parse_args(words).shell
    print(WRITERS[shell](), end="")
    return 0


def offered() -> list[Option]:
    """Return the options worth completing: those that do something."""
    return [option for option in (*GENERAL, *OPTIONS) if option.status is Status.BUILT]


def bash() -> str:
    """Return the script for bash."""
    flags = [f"--{option.flag}" + "=" * (option.kind is not Kind.BOOL) for option in offered()]
    own = [
        f'            {command}) words="$words {" ".join(own_words(command))}" ;;'
        for command in OWN_FLAGS
    ]
    return BASH.format(
        actions=ACTIONS,
        shells=SHELLS,
        commands=" ".join(COMMANDS),
        flags=" ".join(flags),
        own="\n".join(own),
    )


def own_words(command: str) -> list[str]:
    """Return the flags of one command as they are typed."""
    flags = [f"--{name}=" for name in OWN_FLAGS[command]]
    return [*flags, *(f"--{name}" for name in OWN_SWITCHES.get(command, {}))]


def zsh() -> str:
    """Return the script for zsh."""
    own = [
        f"        {command}) _arguments $flags "
        + " ".join(f"'--{name}=[{text}]:value: '" for name, text in names.items())
        + "".join(f" '--{name}[{text}]'" for name, text in OWN_SWITCHES.get(command, {}).items())
        + " ;;"
        for command, names in OWN_FLAGS.items()
    ]
    return ZSH.format(
        actions=ACTIONS,
        shells=SHELLS,
        commands=" ".join(COMMANDS),
        own="\n".join(own),
        flags="\n".join(f"        '{zsh_flag(option)}'" for option in offered()),
    )


def zsh_flag(option: Option) -> str:
    """Return one specification for `_arguments`; quotes, colons and brackets are its syntax."""
    purpose = first_sentence(option)
    for mark in "[]:":
        purpose = purpose.replace(mark, f"\\{mark}")
    if option.kind is Kind.BOOL:
        return f"--{option.flag}[{purpose}]"
    values = "_files" if takes_file(option) else f"({' '.join(filter(None, option.choices))})"
    star = "*" if option.kind is Kind.LIST else ""
    return f"{star}--{option.flag}=[{purpose}]:value:{values if values != '()' else ' '}"


def fish() -> str:
    """Return the script for fish."""
    lines = ["complete -c sidegate -f"]
    for command, purpose in COMMANDS.items():
        lines.append(f"complete -c sidegate -n __fish_use_subcommand -a {command} -d '{purpose}'")
    for command, words in (
        ("config", ACTIONS),
        ("secret", "rotate"),
        ("completion", SHELLS),
        ("rules", "test"),
    ):
        lines.append(
            f"complete -c sidegate -n '__fish_seen_subcommand_from {command}' -a '{words}'"
        )
    for command, names in OWN_FLAGS.items():
        seen = f"complete -c sidegate -n '__fish_seen_subcommand_from {command}'"
        lines += [f"{seen} -l {name} -r -d '{text}'" for name, text in names.items()]
        switches = OWN_SWITCHES.get(command, {})
        lines += [f"{seen} -l {name} -d '{text}'" for name, text in switches.items()]
    lines += [fish_flag(option) for option in offered()]
    return "\n".join(lines) + "\n"


def fish_flag(option: Option) -> str:
    """Return the line of one flag."""
    line = f"complete -c sidegate -l {option.flag} -d '{first_sentence(option)}'"
    if option.kind is Kind.BOOL:
        return line
    choices = " ".join(filter(None, option.choices))
    return line + " -r" + " -F" * takes_file(option) + (f" -a '{choices}'" if choices else "")


def takes_file(option: Option) -> bool:
    """Tell whether the value is the path of a file."""
    return option.flag == "config" or option.flag.endswith("-file")


def first_sentence(option: Option) -> str:
    """Return the beginning of the help, without the quotes that shells would read."""
    sentence = option.help.split(". ")[0].removesuffix(".")
    return sentence.replace("'", "").replace("`", "").replace("\\", "")


WRITERS: dict[str, Callable[[], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
