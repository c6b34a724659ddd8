/* Go on learning on the device: how many test samples are right before and after. */
#include <stddef.h>

#include "board.h"
#include "yin_yang_samples.h"

#define CLASSES YIN_YANG_SOURCE_OUT_SIZE
#define TAU ((yin_yang_real)0.5e-3)    /* on which time scale spikes compete, in s */
#define RATE ((yin_yang_real)0.01)
#define LARGEST ((yin_yang_real)0.02)  /* no weight changes by more for one sample */

static yin_yang_context net;

/* exp(x) for x <= 0, roughly: (1 + x / 1024)^1024. It need not be exact: it only shapes the loss. */
static yin_yang_real roughly_exp(yin_yang_real x)
{
    yin_yang_real y = x > (yin_yang_real)-30 ? (yin_yang_real)1 + x / (yin_yang_real)1024 : (yin_yang_real)0;
    int k;
    for (k = 0; k < 10; k++) {
        y *= y;
    }
    return y;
}

/* Run a sample; returns the output neuron that spikes first, with the first spike times. */
static uint32_t classify(const yin_yang_input_spike *spikes, yin_yang_real *first)
{
    uint32_t k, best = 0U;
    if (yin_yang_run(&net, spikes, 5U, YIN_YANG_T_END) != YIN_YANG_OK) {
        board_exit(2);
    }
    (void)yin_yang_first_spikes(&net, YIN_YANG_SOURCE_OUT, first);
    for (k = 1U; k < CLASSES; k++) {
        best = first[k] < first[best] ? k : best;
    }
    return best;
}

/* Hand over the derivative of the cross-entropy of first spikes by each first spike's time. */
static void set_loss(const yin_yang_real *first, uint32_t best, uint32_t label)
{
    yin_yang_real share[CLASSES], sum = (yin_yang_real)0;
    const yin_yang_real *times = NULL;
    const uint16_t *units = NULL;
    uint32_t k, count = 0U, seen = 0U;
    for (k = 0U; k < CLASSES; k++) {
        share[k] = roughly_exp((first[best] - first[k]) / TAU);
        sum += share[k];
    }
    (void)yin_yang_spikes(&net, YIN_YANG_SOURCE_OUT, &times, &units, &count);
    for (k = 0U; k < count; k++) {
        const uint32_t unit = units[k];
        if ((seen & (1UL << unit)) == 0U) {
            const yin_yang_real wanted = unit == label ? (yin_yang_real)1 : (yin_yang_real)0;
            (void)yin_yang_set_cotangent(&net, YIN_YANG_SOURCE_OUT, k, (wanted - share[unit] / sum) / TAU);
        }
        seen |= 1UL << unit;
    }
}

/* Step against the gradient, with a smaller rate where a spike that grazed threshold made it large. */
static void step(void)
{
    yin_yang_real largest = (yin_yang_real)0;
    uint32_t projection, k, count = 0U;
    for (projection = 0U; projection < YIN_YANG_PROJECTIONS; projection++) {
        yin_yang_real *weight = NULL;
        const yin_yang_real *gradient = NULL;
        (void)yin_yang_weights(&net, projection, &weight, &gradient, &count);
        for (k = 0U; k < count; k++) {
            const yin_yang_real size = gradient[k] < (yin_yang_real)0 ? -gradient[k] : gradient[k];
            largest = size > largest ? size : largest;
        }
    }
    (void)yin_yang_sgd_step(&net, RATE * largest > LARGEST ? LARGEST / largest : RATE);
}

/* Write how many test samples are right. */
static void test(const char *text)
{
    yin_yang_real first[CLASSES];
    uint32_t sample, right = 0U;
    for (sample = 0U; sample < TEST; sample++) {
        right += classify(test_spikes[sample], first) == test_label[sample] ? 1U : 0U;
    }
    board_write(text);
    board_write_hex(right);
    board_write("\n");
}

int main(void)
{
    yin_yang_real first[CLASSES];
    uint32_t sample;
    (void)yin_yang_init(&net);
    test("BEFORE ");
    for (sample = 0U; sample < LESSONS; sample++) {
        const uint32_t best = classify(lessons_spikes[sample], first);
        if (first[lessons_label[sample]] < YIN_YANG_T_END) { /* a silent neuron teaches nothing */
            set_loss(first, best, lessons_label[sample]);
            if (yin_yang_backward(&net) == YIN_YANG_OK) {
                step();
            } else {
                (void)yin_yang_clear_gradient(&net);
            }
        }
    }
    test("AFTER ");
    return 0;
}
