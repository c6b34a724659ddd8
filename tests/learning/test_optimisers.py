"""Adam against a scalar transcription of the paper's algorithm; schedules; saved states."""

import math

import numpy as np
import pytest

from saltation.learning.optimisers import Adam
from saltation.learning.schedules import ConstantRate, CosineDecay, ExponentialDecay
from saltation.runtime.arrays import all_finite
from saltation.symbolic.errors import ArrayError, ArrayTypeError, CheckpointError


def scalar_adam(x, gradients, rates, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """Algorithm 1 of Kingma and Ba (2015), for one number."""
    m = v = 0.0
    for n, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        m_hat, v_hat = m / (1 - beta_1**n), v / (1 - beta_2**n)
        x -= rate * m_hat / (math.sqrt(v_hat) + epsilon)
    return x


def gradients_of(values, step):
    generator = np.random.default_rng(step)
    return {key: generator.normal(size=array.shape) for key, array in values.items()}


VALUES = {"a.weight": np.arange(6.0).reshape(2, 3), "b.theta": np.array(0.5)}


def test_adam_follows_the_published_algorithm_entry_by_entry():
    adam, values = Adam(ExponentialDecay(1e-2, 0.5)), VALUES
    state = adam.start(values)
    for epoch in range(4):
        values, state = adam.step(values, gradients_of(VALUES, epoch), state, epoch)
    rates = [1e-2 * 0.5**epoch for epoch in range(4)]
    for key, start in VALUES.items():
        for index in np.ndindex(start.shape):
            given = [gradients_of(VALUES, epoch)[key][index] for epoch in range(4)]
            expected = scalar_adam(start[index], given, rates)
            assert values[key][index] == pytest.approx(expected, rel=1e-13)


def test_step_leaves_values_and_gradients_alone_and_keeps_shapes():
    adam, gradients = Adam(), gradients_of(VALUES, 0)
    given = [*VALUES.values(), *gradients.values()]
    before = [array.copy() for array in given]
    stepped, state = adam.step(VALUES, gradients, adam.start(VALUES))
    assert {key: array.shape for key, array in stepped.items()} == {
        "a.weight": (2, 3),
        "b.theta": (),
    }
    assert all(np.array_equal(*pair) for pair in zip(given, before, strict=True))
    assert state.count == 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 12345, -1])
def test_a_step_of_many_values_says_whether_all_are_finite(bad, place):
    adam, values = Adam(), {"w": np.ones((200, 100))}
    gradients = {"w": np.ones((200, 100))}
    stepped, _ = adam.step(values, gradients, adam.start(values))
    stepped["w"].setflags(write=False)
    assert all_finite(stepped["w"])
    gradients["w"].flat[place] = bad
    stepped, _ = adam.step(values, gradients, adam.start(values))
    stepped["w"].setflags(write=False)
    assert not all_finite(stepped["w"])


def test_stepped_values_that_are_written_to_are_looked_at():
    adam, values = Adam(), {"w": np.ones((200, 100))}
    stepped, _ = adam.step(values, values, adam.start(values))
    stepped["w"][-1, -1] = math.nan
    assert not all_finite(stepped["w"])


def test_scales_multiply_the_rate_of_one_key():
    gradients = gradients_of(VALUES, 1)
    plain, _ = Adam(1e-2).step(VALUES, gradients, Adam(1e-2).start(VALUES))
    scaled = Adam(1e-2, scales={"b.theta": 0.1})
    slow, _ = scaled.step(VALUES, gradients, scaled.start(VALUES))
    assert np.array_equal(slow["a.weight"], plain["a.weight"])
    moved = [float(result["b.theta"]) - 0.5 for result in (slow, plain)]
    assert moved[0] == pytest.approx(0.1 * moved[1], rel=1e-12)


def test_scale_of_an_untrained_key_is_refused():
    with pytest.raises(ArrayError, match=r"'c\.weight', which is not trained"):
        Adam(scales={"c.weight": 2.0}).start(VALUES)


def test_restored_state_continues_bit_for_bit():
    adam, values = Adam(3e-3), VALUES
    state = adam.start(values)
    for step in range(3):
        values, state = adam.step(values, gradients_of(VALUES, step), state)
    restored = adam.restore(adam.save(state), values)
    going_on, _ = adam.step(values, gradients_of(VALUES, 9), state)
    again, _ = adam.step(values, gradients_of(VALUES, 9), restored)
    assert all(np.array_equal(going_on[key], again[key]) for key in VALUES)


def test_state_of_other_values_is_refused():
    arrays = Adam().save(Adam().start({"a": np.zeros(3)}))
    with pytest.raises(CheckpointError, match="7 trained values"):
        Adam().restore(arrays, VALUES)


def test_schedules():
    assert [ConstantRate(0.1)(epoch) for epoch in (0, 5)] == [0.1, 0.1]
    assert ExponentialDecay(5e-3, 0.95)(2) == pytest.approx(5e-3 * 0.9025)
    assert Adam(0.25).rate_at(7) == 0.25


class CountDown:
    """A schedule of a user's own, whose rate is used up in its third epoch."""

    def __init__(self, last):
        self.last = last

    def __call__(self, epoch):
        return (0.2, 0.0, self.last)[epoch]


@pytest.mark.parametrize("rate", [0, 0.0, 1, np.float32(0.5), np.array(0.25), ConstantRate(0.0)])
def test_rates_that_mean_something_are_taken(rate):
    assert Adam(rate).rate_at(0) == (rate(0) if callable(rate) else float(rate))


def test_a_scale_of_zero_freezes_a_key():
    adam = Adam(0.1, scales={"b.theta": 0})
    stepped, _ = adam.step(VALUES, gradients_of(VALUES, 0), adam.start(VALUES))
    assert stepped["b.theta"] == VALUES["b.theta"]
    assert not np.array_equal(stepped["a.weight"], VALUES["a.weight"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(-1.0), r"^Adam: rate is -1\.0, expected a finite number >= 0$"),
        (lambda: Adam(math.nan), "^Adam: rate is nan, expected a finite number >= 0$"),
        (lambda: Adam(math.inf), "^Adam: rate is inf, expected"),
        (lambda: Adam(beta_1=2), r"^Adam: beta_1 is 2, expected a number in \[0, 1\)$"),
        (lambda: Adam(beta_2=1.0), r"^Adam: beta_2 is 1\.0, expected a number in \[0, 1\)$"),
        (lambda: Adam(beta_2=-1), "^Adam: beta_2 is -1, expected"),
        (lambda: Adam(epsilon=-1), "^Adam: epsilon is -1, expected a finite number > 0$"),
        (lambda: Adam(epsilon=0.0), "^Adam: epsilon is 0.0, expected a finite number > 0$"),
        (lambda: Adam(epsilon=math.inf), "^Adam: epsilon is inf, expected"),
        (
            lambda: Adam(scales={"a": 1.0, "b.theta": -1e-2}),
            r"^Adam: scales\['b\.theta'\] is -0\.01, expected a finite number >= 0$",
        ),
        (lambda: Adam(scales={"a": math.nan}), r"^Adam: scales\['a'\] is nan, expected"),
        (lambda: ConstantRate(-1), "^ConstantRate: rate is -1, expected a finite number >= 0$"),
        (lambda: ExponentialDecay(-1, 2), "^ExponentialDecay: initial is -1, expected a finite"),
        (lambda: ExponentialDecay(1, -2), "^ExponentialDecay: factor is -2, expected a finite"),
        (lambda: ExponentialDecay(1, math.nan), "^ExponentialDecay: factor is nan, expected"),
        (lambda: CosineDecay(-1, 2), "^CosineDecay: initial is -1, expected a finite"),
        (lambda: CosineDecay(1, 2, math.inf), "^CosineDecay: final is inf, expected a finite"),
        (lambda: CosineDecay(1, -2), "^CosineDecay: epochs is -2, expected an integer >= 0$"),
    ],
)
def test_numbers_out_of_range_are_refused_when_an_optimiser_is_made(make, message):
    with pytest.raises(ArrayError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam("a"), "^Adam: rate is 'a', expected a number, or a schedule: a function of"),
        (lambda: Adam(None), "^Adam: rate is None, expected"),
        (lambda: Adam(True), "^Adam: rate is True, expected"),
        (
            lambda: Adam(ConstantRate),
            r"^Adam: rate is the class ConstantRate.*ConstantRate\(\.\.\.\)",
        ),
        (lambda: Adam(np.ones(2)), r"^Adam: rate is array\(\[1\., 1\.\]\), expected"),
        (lambda: Adam(beta_1="a"), "^Adam: beta_1 is 'a', expected a number$"),
        (
            lambda: Adam(scales={"b.theta": "a"}),
            r"^Adam: scales\['b\.theta'\] is 'a', expected a n",
        ),
        (lambda: Adam(scales=0.1), r"^Adam: scales is 0\.1, expected a mapping of keys to factors"),
        (lambda: ConstantRate("a"), "^ConstantRate: rate is 'a', expected a number$"),
        (lambda: ExponentialDecay("a", 1.0), "^ExponentialDecay: initial is 'a', expected a num"),
        (lambda: CosineDecay(1.0, 2.5), "^CosineDecay: epochs is 2.5, expected an integer >= 0$"),
    ],
)
def test_what_is_no_number_is_a_type_error(make, message):
    with pytest.raises(ArrayTypeError, match=message) as raised:
        make()
    assert isinstance(raised.value, TypeError)


@pytest.mark.parametrize(
    ("last", "error"),
    [(-0.1, ArrayError), (math.nan, ArrayError), (math.inf, ArrayError), ("a", ArrayTypeError)],
)
def test_a_rate_of_a_schedule_is_checked_when_it_is_used(last, error):
    adam = Adam(CountDown(last))
    assert [adam.rate_at(epoch) for epoch in (0, 1)] == [0.2, 0.0]
    message = rf"CountDown gives {last!r} for epoch 2 \(counted from 0\), expected a finite number"
    with pytest.raises(error, match=message):
        adam.step(VALUES, gradients_of(VALUES, 0), adam.start(VALUES), 2)
