"""The C routines of a watched function: its value, a test per interval, its crossing chain."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Integer, Symbol

from saltation.codegen.flow_routines import flow_map
from saltation.codegen.lowering import Table
from saltation.codegen.views import EventView, LevelView, WatchView
from saltation.codegen.workshop import Workshop
from saltation.symbolic.crossing import LONGEST, CrossingChain
from saltation.symbolic.equations import Key
from saltation.symbolic.exponentials import exp_difference
from saltation.symbolic.flow import DURATION, LinearFlow


def add_watch(
    shop: Workshop,
    *,
    name: str,
    title: str,
    cited: Key,
    index: int,
    function: Expr,
    chain: CrossingChain,
    flow: LinearFlow,
    step: Table,
    mode: str,
    event: EventView | None,
) -> WatchView:
    """Add the routines of one watched function along a triangular flow."""
    levels = _add_levels(shop, name, chain, flow, cited)
    value = add_value(shop, f"{name}value", function, title, cited)
    if chain.searched:
        _add_series(shop, name, chain, cited)
    look, candidate = _add_tests(shop, name, chain, step, mode, cited)
    return WatchView(
        index=index,
        title=title,
        value=value,
        look=look,
        candidate=candidate,
        find=f"{shop.prefix}{name}find" if chain.searched else "",
        series=f"{shop.prefix}{name}series" if chain.searched else "",
        fourth=int(len(chain.functions) == LONGEST),
        later=tuple(k for k in chain.lasting if k < 3),
        rise=f"{levels[0].prefix}rise",
        event=event,
        levels=levels,
    )


def add_value(shop: Workshop, name: str, function: Expr, title: str, cited: Key) -> str:
    """Add a routine that returns an expression of the state."""
    lines, count, symbols = shop.body([(":value", shop.rename(function))])
    return shop.add(
        name,
        doc=[f"{title}.", *shop.cite(cited)],
        result="sal_real",
        arguments=f"const {shop.prefix}constants *c, const sal_real *x",
        lines=[*shop.loads(symbols, x="x"), *lines, "return value;"],
        operations=count,
        unused=("c", "x"),
        in_lanes=True,
    )


def candidate_arguments(shop: Workshop, mode: str, last: str = "side") -> str:
    """Return the arguments of a test whether a function may cross zero in an interval."""
    return (
        f"const {shop.prefix}constants *c, const {shop.prefix}{mode}step *s, "
        f"const sal_real *x, const sal_real *y, sal_real {last}"
    )


def _add_tests(
    shop: Workshop, name: str, chain: CrossingChain, step: Table, mode: str, cited: Key
) -> tuple[str, str]:
    """Add the tests whether a crossing in an interval is possible: by signs, and by bounds too."""
    if not chain.searched:
        test = _add_long_test(shop, f"{name}candidate", chain, step, mode, cited)
        return test, test

    def add(part: str, doc: str, made: tuple[list[tuple[str, Expr]], str]) -> str:
        return _add_test(shop, f"{name}{part}", doc, made, step, mode, cited)

    look = "Whether the function may cross zero in an interval, by its signs at the ends."
    candidate = "Whether the function may cross zero in an interval."
    return (
        add("look", look, _signs(shop, chain)),
        add("candidate", candidate, _bounds(shop, chain)),
    )


def add_lifted_test(
    shop: Workshop, name: str, chain: CrossingChain, step: Table, mode: str, cited: Key
) -> str:
    """Add the test whether a function, raised by a constant ``lift``, may reach zero from below."""
    doc = "Whether the function, raised by `lift`, may reach zero from below in an interval."
    made = _bounds(shop, chain, lifted=True)
    return _add_test(shop, f"{name}lifted", doc, made, step, mode, cited, last="lift")


def _add_test(
    shop: Workshop,
    name: str,
    doc: str,
    made: tuple[list[tuple[str, Expr]], str],
    step: Table,
    mode: str,
    cited: Key,
    *,
    last: str = "side",
) -> str:
    """Add a test of an interval: what it is made of, and its result; `last` is an argument."""
    outputs, result = made
    lines, count, symbols = shop.body(outputs, step)
    return shop.add(
        name,
        doc=[doc, *_chain_lines(shop, cited, range(3))],
        result="sal_real",
        arguments=candidate_arguments(shop, mode, last),
        lines=[*shop.loads(symbols, x="x", y="y"), *lines, f"return {result};"],
        operations=count + 2 * (last == "lift"),
        unused=("c", "s", "x", "y", last),
        in_lanes=True,
    )


def _add_long_test(
    shop: Workshop, name: str, chain: CrossingChain, step: Table, mode: str, cited: Key
) -> str:
    r"""Add the test for a chain of any length, by bounds of its functions one after the other.

    With one exponential divided out, :math:`M_j = e^{-l_1 h} L_j` obeys :math:`M_{j-1}' = (l_j -
    l_1) M_{j-1} + M_j`. A bound of :math:`M_j` over an interval is one of :math:`M_{j-1}`: at the
    start, or at the end of a relaxation. Those of the slope :math:`M_1` bound :math:`M_0` by lines
    from both ends, which meet below zero or not.
    """
    last = len(chain.functions) - 1
    gaps = {j: chain.rate(j) - chain.rate(1) for j in range(2, last + 2)}
    outputs = [
        *_ends(shop, chain, *(f"f{j}" for j in range(last + 1)), "g0"),
        *((f":e{j}", shop.rename(exp_difference(DURATION, gap))) for j, gap in gaps.items()),
        *(
            (f":w{j}", shop.rename(exp_difference(DURATION, gap, Integer(0))))
            for j, gap in gaps.items()
        ),
        (":e1", shop.rename(exp_difference(DURATION, chain.rate(1)))),
        (":h", shop.rename(exp_difference(DURATION, Integer(0), Integer(0)))),
    ]
    lines, count, symbols = shop.body(outputs, step)
    zero = shop.print(Integer(0))
    for j in range(last, 0, -1):
        for letter, bound in (("u", "most"), ("v", "least")):
            above = f"{letter}{j + 1}" if j < last else zero
            call = f"sal_{bound}(side*f{j}, e{j + 1}, w{j + 1}, {above})"
            lines.append(f"const sal_real {letter}{j} = {call};")
    return shop.add(
        name,
        doc=[
            "Whether the function may cross zero in an interval.",
            *_chain_lines(shop, cited, range(last + 1)),
        ],
        result="sal_real",
        arguments=candidate_arguments(shop, mode),
        lines=[
            *shop.loads(symbols, x="x", y="y"),
            *lines,
            "return sal_may_reach(side, f0, g0, u1, v1, h, e1);",
        ],
        operations=count + 8 * last,
        unused=("c", "s", "x", "y"),
        in_lanes=True,
    )


def _ends(shop: Workshop, chain: CrossingChain, *names: str) -> list[tuple[str, Expr]]:
    """Return functions of the chain, at the start (f) or the end (g) of an interval."""

    def end(name: str) -> Expr:
        index = int(name[1:])
        if name[0] == "g" and index in chain.lasting:
            return shop.rename(chain.lasting[index])
        return shop.rename(chain.function(index), "x" if name[0] == "f" else "y")

    return [(f":{name}", end(name)) for name in names]


def _signs(shop: Workshop, chain: CrossingChain) -> tuple[list[tuple[str, Expr]], str]:
    """Return what the first test is made of, and its result."""
    test = "sal_may_rise_and_fall(side, f1, g0, g1)"
    if len(chain.functions) < LONGEST:
        return _ends(shop, chain, "f1", "g0", "g1"), test
    ends = _ends(shop, chain, "f1", "f2", "f3", "g0", "g1", "g2")
    return ends, _unless_bends_both_ways(shop, test)


def _bounds(
    shop: Workshop, chain: CrossingChain, *, lifted: bool = False
) -> tuple[list[tuple[str, Expr]], str]:
    """Return what the whole test is made of, and its result.

    Parameters
    ----------
    lifted : bool
        Whether the function, below zero, is raised by a constant ``lift``. Of many neurons few
        are left by the tangents of a short stretch, for which the cubic would cost more.
    """
    gap = chain.rate(2) - chain.rate(1)
    length = len(chain.functions)
    ends = ("f0", "f1", "f2", "g0", "g1", *(("g2", "f3") if length == LONGEST else ()))
    outputs = [
        *_ends(shop, chain, *ends),
        (":w", shop.rename(exp_difference(DURATION, gap, Integer(0)))),
        (":e", shop.rename(exp_difference(DURATION, gap))),
    ]
    after = "e"
    if chain.rate(1) != 0:  # the product of e and exp(l_1 h) could be infinity times zero
        after = "u"
        outputs.append((":u", shop.rename(exp_difference(DURATION, chain.rate(2)))))
    zero, one = shop.print(Integer(0)), shop.print(Integer(1))

    def unless(doubt: str) -> str:
        # Not a choice between two tests, of which compilers make branches.
        return f"({doubt} ? {one} : {zero})"

    side = one if lifted else "side"
    f0, g0 = ("f0 + lift", "g0 + lift") if lifted else ("f0", "g0")
    # Of more than three rates further derivatives need not keep their signs.
    known = length == LONGEST - 1
    factors = _derivatives(chain) if known else (Integer(-1), Integer(0))
    third, fourth = (shop.constant(factor) for factor in factors)
    further = f"{third}, {fourth}, {int(known and not lifted)}"
    test = f"sal_may_cross({side}, {f0}, f1, f2, {g0}, g1, w, e, {after}, {further})"
    if length == LONGEST:
        test = f"({_unless_bends_both_ways(shop, test)})"
    if chain.rate(1) != 0:
        test = f"{unless('sal_equal(g0 * e, g1 * w)')} + {test}"
    if lifted:  # other functions are below zero at the start, or their neurons had an event
        test = f"{unless(f'f0 + lift >= {zero}')} + {test}"
    return outputs, test


def _derivatives(chain: CrossingChain) -> tuple[Expr, Expr]:
    r"""Return what `L_2` is multiplied with in two derivatives, but for exponentials.

    Of three rates `L_2` is one exponential, and so are the derivatives of :math:`e^{-l_1 h} g` by
    :math:`w = (e^{(l_2 - l_1) h} - 1) / (l_2 - l_1)`. The second one is :math:`L_2`, the third has
    the factor :math:`l_1 - 2 l_2 + l_3`, the fourth that and :math:`2 l_1 - 3 l_2 + l_3`.
    """
    first, second, last = (chain.rate(k) for k in (1, 2, 3))
    third = first - 2 * second + last
    return third, third * (2 * first - 3 * second + last)


def _unless_bends_both_ways(shop: Workshop, test: str) -> str:
    """Return a test, or 1 where L_2 may change its sign: zero at an end may be a lost number."""
    zero, one = shop.print(Integer(0)), shop.print(Integer(1))
    return f"(f2 * g2 > {zero}) | ((f2 == {zero}) & (f3 == {zero})) ? {test} : {one}"


def _chain_lines(shop: Workshop, cited: Key, numbers: Iterable[int]) -> list[str]:
    """Cite functions of the chain of a cited function; those beyond its end are zero."""
    lines = shop.cite(*(_chain_key(cited, k) for k in numbers))
    zero = [f"L_{k}" for k in numbers if not shop.derivation.find(*_chain_key(cited, k))]
    return [*lines, f"{', '.join(zero)} = 0: the chain has ended."] if zero else lines


def _chain_key(cited: Key, index: int) -> Key:
    """Return the key of a function of the chain of a guard or of a maximum's slope."""
    return ("chain" if cited[0] == "guard" else "slope_chain", *cited[1:], index)


def _add_levels(
    shop: Workshop, name: str, chain: CrossingChain, flow: LinearFlow, cited: Key
) -> tuple[LevelView, ...]:
    along = dict(
        zip(
            (shop.state(k) for k in range(len(shop.system.states))),
            flow_map(shop, flow),
            strict=True,
        )
    )
    levels = []
    for level in range(chain.levels):
        last = level == chain.levels - 1
        prefix = f"{name}l{2 * level}_"
        for routine, replaced, text in (
            ("start", {}, "Functions of the chain, now"),
            ("probe", along, "Functions of the chain, after a flow over h"),
        ):
            _add_probe(shop, prefix + routine, chain, level, replaced, text, cited)
        levels.append(
            LevelView(
                index=2 * level,
                prefix=shop.prefix + prefix,
                gap=shop.constant(chain.rate(2 * level + 2) - chain.rate(2 * level + 1)),
                pieces=len(chain.functions) + 1,
                next_prefix="" if last else f"{shop.prefix}{name}l{2 * level + 2}_",
            )
        )
    return tuple(levels)


def _add_probe(
    shop: Workshop,
    name: str,
    chain: CrossingChain,
    level: int,
    along: dict[Symbol, Expr],
    when: str,
    cited: Key,
) -> None:
    """Add the values of three functions of a chain, now or after a flow."""
    numbers = range(2 * level, 2 * level + 3)
    outputs = [
        (
            f"f[{k}]",
            shop.rename(chain.lasting[n])
            if along and n in chain.lasting
            else shop.rename(chain.function(n)).xreplace(along),
        )
        for k, n in enumerate(numbers)
    ]
    lines, count, symbols = shop.body(outputs)
    shop.add(
        name,
        doc=[f"{when}.", *_chain_lines(shop, cited, numbers)],
        arguments=(
            f"const {shop.prefix}constants *c, const sal_real *x, "
            + ("sal_real h, " if along else "")
            + "sal_real *f"
        ),
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "x", *(("h",) if along else ())),
        in_lanes=level == 0,
    )


def _add_series(shop: Workshop, name: str, chain: CrossingChain, cited: Key) -> None:
    """Add the start of a chain with further terms of the series that the first step follows."""
    terms = [*map(chain.function, range(3)), *chain.further_terms(3)]
    lines, count, symbols = shop.body(
        [(f"f[{k}]", shop.rename(term)) for k, term in enumerate(terms)]
    )
    shop.add(
        f"{name}series",
        doc=[
            "Functions of the chain, now, and how the series goes on of "
            "exp(-l_1 h) L_0 = L_0 + L_1 w + L_2 w^2/2 + f_3 w^3 + f_4 w^4 + f_5 w^5 + ..., "
            "w = (exp((l_2 - l_1) h) - 1)/(l_2 - l_1).",
            *_chain_lines(shop, cited, range(len(chain.functions))),
        ],
        arguments=f"const {shop.prefix}constants *c, const sal_real *x, sal_real *f",
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "x"),
        in_lanes=True,
    )
