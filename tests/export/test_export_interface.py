"""Exported C reports what it cannot take: full buffers, times out of order, unknown numbers."""

import ctypes
from pathlib import Path

import pytest
from exported import Device, device, events_of, push_all, random_drive, small_network

import saltation as sal
from saltation.codegen.result_codes import ResultCode
from saltation.runtime.simulate import compile

T_END = 0.06


def chain(weight: float = 9.0) -> sal.Network:
    """One input unit, one neuron."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 1)
    net.connect("in", "out", weight=[[weight]], delay=1e-3)
    return net


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Device:
    """A chain whose buffers hold 2 spikes."""
    drive = {"in": sal.Spikes.from_events([[(0.001, 0)]])}
    return device(chain(), tmp_path_factory.mktemp("tight"), T_END, capacity=4, spikes=drive)


@pytest.fixture
def fresh(tight: Device) -> Device:
    assert tight.call("reset") == ResultCode.OK
    return tight


def test_a_full_input_buffer_is_reported_and_takes_spikes_again_after_an_advance(
    fresh: Device,
) -> None:
    for k in range(4):
        assert fresh.push("in", 0, 0.001 * k) == ResultCode.OK
    assert fresh.push("in", 0, 0.005) == ResultCode.FULL
    assert len(fresh.spikes("in")) == 4
    assert fresh.advance(0.0045) == ResultCode.OK
    assert fresh.push("in", 0, 0.005) == ResultCode.OK


def test_a_full_output_buffer_stops_the_run_until_it_is_reset(fresh: Device) -> None:
    code, pushed = ResultCode.OK, 0
    while code == ResultCode.OK:
        assert fresh.push("in", 0, 0.002 * pushed) == ResultCode.OK
        code = fresh.advance(0.002 * pushed + 0.0015)
        pushed += 1
    assert code == ResultCode.FULL
    assert fresh.advance(1.0) == ResultCode.FULL
    assert fresh.push("in", 0, 1.0) == ResultCode.FULL
    source, unit, time = ctypes.c_uint32(), ctypes.c_uint32(), fresh.real()
    pointers = (ctypes.byref(source), ctypes.byref(unit), ctypes.byref(time))
    assert fresh.call("status", *pointers) == ResultCode.FULL
    assert source.value == fresh.number("out")
    assert unit.value == 0
    assert 0.0 < time.value < 0.002 * pushed
    assert fresh.call("reset") == ResultCode.OK
    assert fresh.advance(0.01) == ResultCode.OK


def test_polling_makes_room_for_an_endless_stream(fresh: Device) -> None:
    seen = []
    for k in range(200):
        assert fresh.push("in", 0, 0.004 * k) == ResultCode.OK
        assert fresh.advance(0.004 * k + 0.002) == ResultCode.OK
        seen += fresh.polled("out")
    assert len(seen) > 100
    assert seen == sorted(seen)


def test_a_spike_that_is_still_on_its_way_survives_an_advance(fresh: Device) -> None:
    assert fresh.push("in", 0, 0.001) == ResultCode.OK
    assert fresh.advance(0.0015) == ResultCode.OK
    assert fresh.polled("out") == []
    assert fresh.advance(0.03) == ResultCode.OK
    expected = compile(chain(), 0.03, "single").run({"in": sal.Spikes.from_events([[(0.001, 0)]])})
    assert [t for t, _ in fresh.polled("out")] == pytest.approx(expected.spikes["out"].times)


@pytest.mark.parametrize(
    "time", [0.0005, -1.0, float("nan"), float("inf")], ids=["past", "negative", "nan", "infinite"]
)
def test_a_spike_out_of_order_is_refused(fresh: Device, time: float) -> None:
    assert fresh.push("in", 0, 0.001) == ResultCode.OK
    assert fresh.push("in", 0, time) == ResultCode.ORDER
    assert fresh.spikes("in") == [(pytest.approx(0.001), 0)]


def test_a_spike_at_or_before_the_clock_is_refused(fresh: Device) -> None:
    assert fresh.advance(0.01) == ResultCode.OK
    assert fresh.push("in", 0, 0.01) == ResultCode.ORDER
    assert fresh.advance(0.005) == ResultCode.ORDER
    assert fresh.advance(float("nan")) == ResultCode.ORDER
    assert fresh.push("in", 0, 0.0101) == ResultCode.OK


def test_unknown_numbers_are_refused(fresh: Device) -> None:
    zero = fresh.real(0.0)
    assert fresh.call("push", 1, 0, zero) == ResultCode.RANGE
    assert fresh.call("push", 0, 1, zero) == ResultCode.RANGE
    unit, time = ctypes.c_uint32(), fresh.real()
    assert fresh.call("poll", 0, ctypes.byref(unit), ctypes.byref(time)) == ResultCode.RANGE
    assert fresh.call("poll", 2, ctypes.byref(unit), ctypes.byref(time)) == ResultCode.RANGE
    states = (fresh.real * 2)()
    assert fresh.call("states", 0, 0, states) == ResultCode.RANGE
    assert fresh.call("states", 1, 1, states) == ResultCode.RANGE


def test_there_is_nothing_to_poll_before_a_spike(fresh: Device) -> None:
    assert fresh.poll("out") == ResultCode.EMPTY


def test_input_spikes_at_one_time_may_come_in_any_order(tmp_path: Path) -> None:
    net = small_network()
    drive = {"in": sal.Spikes.from_events([[(0.001, 0), (0.001, 1), (0.001, 3), (0.002, 2)]])}
    exported = device(net, tmp_path, T_END, spikes=drive)
    for unit, time in ((3, 0.001), (0, 0.001), (1, 0.001), (2, 0.002)):
        assert exported.push("in", unit, time) == ResultCode.OK
    assert exported.advance(T_END) == ResultCode.OK
    expected = compile(net, T_END, "single").run(drive).spikes["out"]
    assert exported.spikes("out") == events_of(expected, 0)
    assert len(expected.times) > 0


def test_whole_samples_and_first_spikes_are_one_call_each(tmp_path: Path) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 2, 3)
    exported = device(net, tmp_path, T_END, spikes=drive)
    run = compile(net, T_END, "single").run(drive)

    class InputSpike(ctypes.Structure):
        _fields_ = (("time", ctypes.c_float), ("input", ctypes.c_uint16), ("unit", ctypes.c_uint16))

    for sample in range(2):
        given = events_of(drive["in"], sample)
        spikes = (InputSpike * len(given))(*((t, 0, unit) for t, unit in given))
        assert exported.call("run", spikes, len(given), exported.real(T_END)) == ResultCode.OK
        times = (exported.real * 20)()
        assert exported.call("first_spikes", exported.number("hidden"), times) == ResultCode.OK
        assert list(times) == run.first_spikes("hidden")[sample].tolist()


def test_going_back_needs_a_sample_of_one_advance_and_happens_once(tmp_path: Path) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 1, 3)
    exported = device(net, tmp_path, T_END, gradient=True, spikes=drive, capacity=200)
    assert exported.call("backward") == ResultCode.NOT_RUN
    push_all(exported, drive, 0)
    assert exported.advance(T_END) == ResultCode.OK
    assert exported.call("backward") == ResultCode.OK
    assert exported.call("backward") == ResultCode.NOT_RUN
    assert exported.call("reset") == ResultCode.OK
    assert exported.advance(0.01) == ResultCode.OK
    assert exported.advance(0.02) == ResultCode.OK
    assert exported.call("backward") == ResultCode.NOT_RUN
    one = exported.real(1.0)
    assert exported.call("set_cotangent", exported.number("out"), 0, one) == ResultCode.RANGE
    assert exported.call("set_cotangent", exported.number("in"), 0, one) == ResultCode.RANGE


def test_a_neuron_that_fires_for_ever_at_one_instant_is_reported(tmp_path: Path) -> None:
    net = sal.Network()
    net.add_input("in", 1)
    creeping = sal.Neuron(
        "creeping",
        dynamics={"v": "-v/tau"},
        threshold="v - 1",
        reset={"v": "v - 1e-3"},
        receive={"v": "v + w"},
        parameters={"tau": 0.01},
    )
    net.add_population("out", creeping, 1)
    net.connect("in", "out", weight=[[2.0]])
    drive = {"in": sal.Spikes.silent(1)}
    exported = device(net, tmp_path, T_END, capacity=200, spikes=drive)
    assert exported.push("in", 0, 0.01) == ResultCode.OK
    assert exported.advance(T_END) == ResultCode.ZENO
    with pytest.raises(sal.errors.ZenoError):
        compile(net, T_END, "single").run({"in": sal.Spikes.from_events([[(0.01, 0)]])})
