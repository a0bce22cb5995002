"""What mutations work with: parts of a model to choose from, and their register."""
import random

rng = random.Random()


def all_graphs(m):
    st = [m.graph]
    while st:
        g = st.pop()
        yield g
        for n in g.node:
            for a in n.attribute:
                if a.HasField("g"):
                    st.append(a.g)
                st.extend(a.graphs)


def all_nodes(m):
    for g in all_graphs(m): yield from g.node
    for f in m.functions: yield from f.node


def pick(seq):
    seq = list(seq)
    if not seq:
        raise Skip
    return rng.choice(seq)
class Skip(Exception):
    """The mutation has nothing to work on."""


def anode(m):
    return pick(all_nodes(m))


def agraph(m):
    return pick(all_graphs(m))


def atensor(m):
    ts = [t for g in all_graphs(m) for t in g.initializer] + [a.t for n in all_nodes(m) for a in n.attribute if a.HasField("t")]
    return pick(ts)


def aattr(m, types=None):
    return pick([a for n in all_nodes(m) for a in n.attribute if types is None or a.type in types])


def avalue(m):
    return pick([v for g in all_graphs(m) for v in [*g.input, *g.output, *g.value_info]])


TYPES = [*range(0, 24), 99, 100, -1]
MUTATIONS = {}


def mut(function):
    MUTATIONS[function.__name__] = function
    return function
