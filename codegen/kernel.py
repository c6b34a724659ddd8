"""Build the C view of one neuron model with what is observed of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sympy import Expr

from saltation.codegen import comments
from saltation.codegen.coupled_routines import (
    add_coupled_flow,
    add_coupled_set_step,
    add_coupled_watch,
    coupled_fields,
)
from saltation.codegen.flow_routines import FlowRoutines, add_flow, add_set_step
from saltation.codegen.jump_routines import (
    add_arrival_adjoint,
    add_event_adjoint,
    add_jump,
    add_landing,
)
from saltation.codegen.observation_routines import add_maxima, add_samples
from saltation.codegen.printer import Precision
from saltation.codegen.views import (
    EventView,
    KernelView,
    ModeView,
    PortView,
    WatchView,
)
from saltation.codegen.watch_routines import add_watch
from saltation.codegen.workshop import Workshop
from saltation.symbolic.adjoint import EventAdjoint
from saltation.symbolic.crossing import crossing_chain, is_affine, lie_derivative
from saltation.symbolic.derivation import derive_observed
from saltation.symbolic.equations import Key
from saltation.symbolic.errors import UnsupportedModelError
from saltation.symbolic.flow import FlowKind, LinearFlow
from saltation.symbolic.observation import ObservedSystem, touches
from saltation.symbolic.parts import ModePart
from saltation.symbolic.system import HybridSystem, SystemEvent, SystemMode


@dataclass(slots=True)
class KernelBuilder:
    """Collects the parts of a kernel, one subject a method."""

    observed: ObservedSystem
    prefix: str
    precision: Precision
    system: HybridSystem = field(init=False)
    shop: Workshop = field(init=False)
    flows: list[LinearFlow] = field(init=False)
    adjoints: dict[int, EventAdjoint] = field(init=False)
    kept: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.system = self.observed.with_integrals()
        derivation = derive_observed(self.observed)
        self.shop = Workshop(
            system=self.system,
            prefix=self.prefix,
            precision=self.precision,
            derivation=derivation,
        )
        self.flows = [self._flow(part) for part in derivation.modes]
        self.adjoints = {part.index: part.adjoint for part in derivation.events}
        self.kept = self._kept()

    def _flow(self, part: ModePart) -> LinearFlow:
        if part.flow is None:
            raise UnsupportedModelError(
                "the flow is not linear in the states with constant coefficients",
                model=self.system.name,
                equation=f"mode {part.mode.name!r}, dynamics",
                hint="only linear flows can be simulated so far",
            )
        return part.flow

    def _events(self) -> list[tuple[SystemMode, SystemEvent]]:
        return [(mode, event) for mode in self.system.modes for event in mode.events]

    def liftable(self, mode: SystemMode, event: SystemEvent) -> bool:
        """Tell whether another jump at the same instant can fire an event."""
        states = self.system.states
        if any(touches(port.jump, event.guard, states) for port in self.system.ports):
            return True
        for other_mode, other in self._events():
            if self.system.modes[other.target] is not mode:
                continue
            if other is event:
                landed = event.guard.subs(
                    dict(zip(states, event.reset, strict=True)), simultaneous=True
                )
                guard = next(
                    a.on_guard for k, a in self.adjoints.items() if self._events()[k][1] is event
                )
                if landed.subs(guard).expand().free_symbols & set(states):
                    return True
            elif other_mode is not mode or touches(other.reset, event.guard, states):
                return True
        return False

    def _kept(self) -> tuple[int, ...]:
        needed = set()
        for k, (mode, event) in enumerate(self._events()):
            adjoint = self.adjoints[k]
            needed |= set(adjoint.kept)
            if self.liftable(mode, event):
                for value in (
                    *adjoint.jump.pulled,
                    adjoint.jump.sensitivity,
                    *adjoint.jump.parameters.values(),
                ):
                    needed |= value.free_symbols
        return tuple(k for k, x in enumerate(self.system.states) if x in needed)

    def event_views(self) -> tuple[EventView, ...]:
        """Add the routines of all events."""
        views = []
        for k, (mode, event) in enumerate(self._events()):
            name = f"event{k}_"
            title = f"Event {k}, mode {mode.name}: {event.guard} rises through zero"
            given = ""
            if self.liftable(mode, event):
                given = add_event_adjoint(
                    self.shop,
                    f"{name}adjoint_given",
                    self.adjoints[k],
                    self.kept,
                    comments.given_event(self.shop, k),
                    given=True,
                )
            views.append(
                EventView(
                    index=k,
                    spike=int(event.spike),
                    mode=self.system.modes.index(mode),
                    target=event.target,
                    reset=add_jump(
                        self.shop,
                        f"{name}reset",
                        event.reset,
                        comments.reset(self.shop, k, title),
                    ),
                    landing=add_landing(
                        self.shop,
                        f"{name}landing",
                        self.adjoints[k],
                        comments.landing(self.shop, k),
                    ),
                    implicit=add_event_adjoint(
                        self.shop,
                        f"{name}adjoint",
                        self.adjoints[k],
                        self.kept,
                        comments.implicit_event(self.shop, k),
                        given=False,
                    ),
                    given=given,
                )
            )
        return tuple(views)

    def mode_view(
        self, index: int, events: Sequence[EventView], first_watch: int
    ) -> tuple[ModeView, FlowRoutines]:
        """Add the routines of one mode: its flow and its watched functions."""
        mode = self.system.modes[index]
        name = f"{mode.name}_"
        flow = self.flows[index]
        parameters = set().union(*(f.free_symbols for f in mode.flow))
        wanted = {k for k, p in enumerate(self.system.parameters) if p in parameters}
        coupled = flow.kind is FlowKind.COUPLED
        add = add_coupled_flow if coupled else add_flow
        routines = add(self.shop, name, flow, wanted)
        watches = self._watches(index, events, first_watch, routines)
        if coupled:
            set_step = add_coupled_set_step(self.shop, name, flow)
        else:
            set_step = add_set_step(self.shop, name, "set_step", "step", routines.step)
        set_gradient = ""
        if routines.gradient:
            set_gradient = add_set_step(
                self.shop, name, "set_gradient", "gradient", routines.gradient_step
            )
        view = ModeView(
            name=mode.name,
            prefix=self.prefix + name,
            step_fields=coupled_fields(flow) if coupled else tuple(routines.step.names()),
            set_step=set_step,
            flow=routines.flow,
            adjoint=routines.adjoint,
            gradient_fields=tuple(routines.gradient_step.names()),
            set_gradient=set_gradient,
            gradient=routines.gradient,
            watches=watches,
        )
        return view, routines

    def _watches(
        self, index: int, events: Sequence[EventView], first: int, routines: FlowRoutines
    ) -> tuple[WatchView, ...]:
        mode = self.system.modes[index]
        functions: list[tuple[str, str, Key, Expr, EventView | None]] = [
            (
                f"{mode.name}_guard{e.index}_",
                f"Guard of event {e.index}",
                ("guard", e.index),
                event.guard,
                e,
            )
            for e, event in zip((e for e in events if e.mode == index), mode.events, strict=True)
        ]
        for k, expression in enumerate(self.observed.maxima):
            slope = lie_derivative(expression, self.system, mode)
            functions.append(
                (
                    f"{mode.name}_peak{k}_",
                    f"Minus the slope of maximum {k}",
                    ("maximum_slope", k, mode.name),
                    -slope,
                    None,
                )
            )
        watches = []
        for offset, (name, title, cited, function, view) in enumerate(functions):
            if not is_affine(function, self.system):
                raise UnsupportedModelError(
                    "crossings are found with certainty only of functions affine in the states",
                    model=self.system.name,
                    equation=f"mode {mode.name!r}, {title}",
                    text=str(function),
                    hint="write the guard as a sum of states, each times a factor without states",
                )
            watches.append(
                self._watch(index, first + offset, name, title, cited, function, view, routines)
            )
        return tuple(watches)

    def _watch(
        self,
        mode: int,
        index: int,
        name: str,
        title: str,
        cited: Key,
        function: Expr,
        event: EventView | None,
        routines: FlowRoutines,
    ) -> WatchView:
        flow, system_mode = self.flows[mode], self.system.modes[mode]
        if flow.kind is FlowKind.COUPLED:
            return add_coupled_watch(
                self.shop,
                name=name,
                title=title,
                cited=cited,
                index=index,
                function=function,
                mode=system_mode,
                flow=flow,
                event=event,
            )
        return add_watch(
            self.shop,
            name=name,
            title=title,
            cited=cited,
            index=index,
            function=function,
            chain=crossing_chain(function, self.system, system_mode, flow),
            flow=flow,
            step=routines.step,
            mode=f"{system_mode.name}_",
            event=event,
        )

    def port_views(self) -> tuple[PortView, ...]:
        """Add the routines of all ports."""
        states = self.system.states
        watched = [event.guard for _, event in self._events()]
        for expression in self.observed.maxima:
            watched.append(expression)
            watched += [lie_derivative(expression, self.system, m) for m in self.system.modes]
        views = []
        for part in self.shop.derivation.ports:
            port = part.port
            name = f"port_{port.name}_"
            adjoints = list(part.adjoints.values())
            read = set()
            for a in adjoints:
                for value in (*a.pulled, a.sensitivity, a.weight, *a.parameters.values()):
                    read |= value.free_symbols
            views.append(
                PortView(
                    name=port.name,
                    prefix=self.prefix + name,
                    jump=add_jump(
                        self.shop,
                        f"{name}jump",
                        port.jump,
                        comments.arrival(self.shop, port.name),
                        weighted=True,
                    ),
                    adjoints=tuple(
                        add_arrival_adjoint(
                            self.shop,
                            f"{name}{mode.name}_adjoint",
                            a,
                            comments.arrival_adjoint(self.shop, port.name, mode.name),
                        )
                        for mode, a in zip(self.system.modes, adjoints, strict=True)
                    ),
                    touches=any(touches(port.jump, w, states) for w in watched),
                    needs_state=bool(read & set(states)),
                )
            )
        return tuple(views)

    def build(self) -> KernelView:
        """Return the view of the whole kernel."""
        events = self.event_views()
        modes: list[ModeView] = []
        watches: list[WatchView] = []
        for index in range(len(self.system.modes)):
            view, _ = self.mode_view(index, events, len(watches))
            modes.append(view)
            watches += view.watches
        ports = self.port_views()
        maxima = add_maxima(self.shop, self.observed.maxima)
        samples = add_samples(self.shop, self.observed.samples)
        n, declared = len(self.system.states), self.observed.declared_states
        integrals = tuple(range(n - len(self.observed.integrals), n))
        self._add_set_constants()
        reads_state = any(
            (expression.diff(x).free_symbols | expression.diff(p).free_symbols)
            & set(self.system.states)
            for expression in self.observed.samples
            for x in self.system.states
            for p in (*self.system.parameters, x)
        )
        return KernelView(
            title=f"Neuron model {self.system.name}",
            prefix=self.prefix,
            states=n,
            initial_states=declared,
            parameters=len(self.system.parameters),
            constant_fields=(
                *(f"p_{p.name}" for p in self.system.parameters),
                *self.shop.run.names(),
            ),
            modes=tuple(modes),
            watches=tuple(watches),
            events=events,
            kept=self.kept,
            ports=ports,
            maxima=maxima,
            integrals=integrals,
            samples=samples,
            flow=int(any(mode.gradient for mode in modes)),
            needs_state=int(reads_state or any(port.needs_state for port in ports)),
            coupled_rows=self.shop.coupled_rows,
            differences=tuple(sorted(self.shop.differences)),
            routines=tuple(self.shop.routines),
        )

    def _add_set_constants(self) -> None:
        shop = self.shop
        outputs = [(symbol.name, value) for value, symbol in shop.run.fields.items()]
        lines, count = shop.plain_body(outputs)
        loads = [
            f"c->p_{p.name} = values->parameter[{k}][n * values->parameter_stride[{k}]];"
            for k, p in enumerate(self.system.parameters)
        ]
        shop.add(
            "set_constants",
            doc=["Values that depend on parameters only, once per run."],
            arguments=(f"const sal_population *values, int64_t n, {self.prefix}constants *c"),
            lines=[*loads, *lines],
            operations=count,
            unused=("values", "n", "c"),
        )
        shop.add(
            "set_any_constants",
            doc=["The same for a structure of any kernel."],
            arguments="const sal_population *values, int64_t n, void *constants",
            lines=[f"{self.prefix}set_constants(values, n, ({self.prefix}constants *)constants);"],
            operations=0,
        )
