"""What is changed where, for all manifests at once."""

from __future__ import annotations

from collections.abc import Sequence

from sidegate.inject.configured import flags_for_istio, grace, values_of
from sidegate.inject.edits import Edits, restore
from sidegate.inject.places import add_first, add_key_behind, add_keys, add_last, at, set_scalar
from sidegate.inject.ports import (
    annotation,
    application_port,
    named,
    policy_ports,
    ports_to_rewire,
    refuse_ways_around,
)
from sidegate.inject.probes import probes_to_move
from sidegate.inject.refusal import Refused, refused
from sidegate.inject.sidecar import ALL_MAY_READ, MAY_READ, USER, container, volumes
from sidegate.inject.wanted import CONFIG, GATE_PORT, INJECT, SECRETS, Wanted
from sidegate.manifests.mesh import behind_istio
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Source, Thing, collect, containers

FINISH = ("Job", "CronJob")
OWNED = ("persistentVolumeClaim", "ephemeral", "csi", "hostPath", "nfs")
"""Volumes whose files fsGroup would give to another group."""

GATES = ("sidegate", "oauth2-proxy")
GRACE = "terminationGracePeriodSeconds"
HOOK = "helm.sh/hook"
"""Annotation of what Helm runs once: nobody visits it, so it has to be asked for."""


def inject(sources: Sequence[Source], wanted: Wanted) -> list[str]:
    """Return each text with the gate in it. Raises Refused and Unreadable.

    What was injected before is taken out first, so a second time changes nothing.
    """
    plain = uninject(sources)
    pairs = [Source(one.name, text) for one, text in zip(sources, plain, strict=True)]
    marks = ["\ufeff" if one.text.startswith("\ufeff") else "" for one in pairs]
    bare = [Source(one.name, one.text.removeprefix("\ufeff")) for one in pairs]
    for one in bare:
        if one.text.lstrip().startswith(("{", "[")):
            remedy = (
                "Write YAML (kubectl get -o yaml): JSON has no comments to keep the old lines in."
            )
            raise Refused(f"{one.name}:1", "JSON", remedy)
    manifests = collect(bare)
    edits = {one.name: Edits(one.name, one.text) for one in bare}
    things = chosen(manifests, wanted)
    for thing in things:
        refuse_company(thing, things, manifests)
        plan(thing, manifests, wanted, edits)
    return [mark + edits[one.name].apply() for mark, one in zip(marks, bare, strict=True)]


def uninject(sources: Sequence[Source]) -> list[str]:
    """Return each text without the gate, byte for byte as it was. Raises Refused and Unreadable."""
    return [restore(one.name, one.text) for one in sources]


def chosen(manifests: Manifests, wanted: Wanted) -> list[Thing]:
    """Return the workloads that get a gate. Raises Refused where that is not clear."""
    if wanted.workloads:
        return [thing for name in wanted.workloads for thing in named(manifests, name)]
    asked = [one for one in manifests.workloads if annotation(one, INJECT).text == "true"]
    willing = [
        one
        for one in manifests.workloads
        if annotation(one, INJECT).text != "false" and not annotation(one, HOOK)
    ]
    if asked or len(willing) == 1:
        return asked or willing
    if not willing:
        raise Refused("the manifests", "nothing that makes pods", "Give a Deployment or the like.")
    there = ", ".join(f"{thing.kind}/{thing.name}" for thing in willing)
    remedy = f'Choose with --workload, or annotate {INJECT}: "true". There are: {there}.'
    raise Refused("the manifests", "several workloads", remedy)


def unknown(sources: Sequence[Source]) -> list[str]:
    """Say of each object of an unknown kind with pods in it that it is left as it is.

    Raises Unreadable.
    """
    bare = [Source(one.name, one.text.removeprefix("\ufeff")) for one in sources]
    return [
        f"{one.source}:{one.node.start.line + 1} ({one}): a kind that is not known seems to "
        "make pods, and is left as it is. Put the gate into it by hand."
        for one in collect(bare).things
        if not one.pod and one.node.at("spec", "template", "spec", "containers")
    ]


def refuse_company(thing: Thing, things: list[Thing], manifests: Manifests) -> None:
    """Refuse a Service that leads to others as well: they have nobody at 4180. Raises Refused."""
    for service in manifests.services_of(thing):
        for other in manifests.workloads:
            if other not in things and service in manifests.services_of(other):
                what = f"it leads to {other} as well, which gets no gate"
                remedy = f"Choose that too, with --workload={other.kind}/{other.name}."
                raise refused(service, service.spec["selector"], what, remedy)


def plan(thing: Thing, manifests: Manifests, wanted: Wanted, edits: dict[str, Edits]) -> None:
    """Note every change for one workload. Raises Refused."""
    refuse_what_is_there(thing, wanted)
    refuse_ways_around(thing)
    services = manifests.services_of(thing)
    number = application_port(thing, services, wanted)
    own = edits[thing.source]
    public: dict[str, None] = {}
    if not wanted.keep_probes:
        for port, path in probes_to_move(thing, number):
            set_scalar(own, port, GATE_PORT)
            public[path] = None
    values = values_of(wanted, thing, manifests)
    believed: list[str] = []
    if wanted.is_behind_istio or behind_istio(thing, manifests):
        believed = flags_for_istio(values)
    change_pod(thing, wanted, own, container(wanted, number, list(public), believed))
    give_time(thing, own, grace(values))
    for service in services:
        for port, target in ports_to_rewire(thing, service, number, wanted):
            rewire(edits[service.source], port, target)
    for policy, entry in policy_ports(thing, number, manifests):
        value = str(GATE_PORT) if policy.kind == "AuthorizationPolicy" else GATE_PORT
        set_scalar(edits[policy.source], entry, value)


def refuse_what_is_there(thing: Thing, wanted: Wanted) -> None:
    """Refuse pods that have a gate, or that would never end with one. Raises Refused."""
    for one in containers(thing.pod):
        if one["name"].text in GATES:
            what = f"a container {one['name'].text} that this command did not write"
            raise refused(thing, one, what, "Take it out, then inject again.")
    for volume in thing.pod["volumes"]:
        if volume["name"].text in (SECRETS, CONFIG):
            raise refused(thing, volume, f"a volume {volume['name'].text}", "Give it another name.")
    if wanted.is_classic and thing.kind in FINISH:
        raise refused(thing, thing.pod, "a Job never ends beside --classic", "Leave it out.")


def change_pod(thing: Thing, wanted: Wanted, own: Edits, gate: object) -> None:
    """Note the changes to the spec of a pod."""
    pod = thing.pod
    # OpenShift gives every pod a group of its own choice.
    group, mode = ({}, MAY_READ) if wanted.is_openshift else readable(thing)
    added: dict[str, object] = {}
    lists: dict[str, list[object]] = {"volumes": list(volumes(wanted, mode))}
    if wanted.is_classic:
        add_last(own, pod["containers"], [gate])
    else:
        lists = {"initContainers": [gate], **lists}
    if group and not present(own, pod, "securityContext"):
        added["securityContext"] = group
    elif group:
        context = pod["securityContext"]
        add_keys(own, context, group, next(iter(context.keys), ""))
    for key, values in lists.items():
        if present(own, pod, key):
            add_first(own, pod[key], values)
        else:
            added[key] = values
    if added:
        add_keys(own, pod, added, "containers")


def give_time(thing: Thing, own: Edits, seconds: int) -> None:
    """Note a grace period in which the gate can end what is under way, where there is less."""
    pod = thing.pod
    if not present(own, pod, GRACE):
        add_keys(own, pod, {GRACE: seconds}, "containers")
    elif (pod[GRACE].number or 0) < seconds:
        set_scalar(own, pod[GRACE], seconds)


def present(own: Edits, pod: Node, key: str) -> bool:
    """Tell whether a pod has a key. Raises Refused where it is there and empty."""
    if key in pod and not pod[key]:
        raise at(own, pod.keys[key], f"{key} without a value", "Take the line out.")
    return key in pod


def readable(thing: Thing) -> tuple[dict[str, object], int]:
    """Return what the pod needs so that the gate can read its secrets, and the mode of those.

    A group for all volumes would change who owns the application's files, so pods with such files
    get none; the mode then lets every user in the gate's own container read.
    """
    if thing.pod.at("securityContext", "fsGroup"):
        return {}, MAY_READ
    owned = any(volume[kind] for volume in thing.pod["volumes"] for kind in OWNED)
    if owned or thing.spec["volumeClaimTemplates"]:
        return {}, ALL_MAY_READ
    return {"fsGroup": USER}, MAY_READ


def rewire(edits: Edits, port: Node, target: Node) -> None:
    """Let a port of a Service lead to the gate."""
    if target:
        set_scalar(edits, target, GATE_PORT)
    else:
        add_key_behind(edits, port, "targetPort", GATE_PORT, "port")
