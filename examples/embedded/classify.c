/* Classify the test samples: how many are right, and a checksum of the bits of every spike's time. */
#include <string.h>

#include "board.h"
#include "yin_yang_samples.h"

static yin_yang_context net;

/* The CRC-32 of some numbers' bits, continued from one of earlier numbers. */
static uint32_t checksum(uint32_t crc, const yin_yang_real *numbers, uint32_t count)
{
    uint32_t k, bits, bit;
    crc = ~crc;
    for (k = 0U; k < count; k++) {
        memcpy(&bits, &numbers[k], sizeof bits);
        crc ^= bits;
        for (bit = 0U; bit < 32U; bit++) {
            crc = (crc >> 1) ^ ((crc & 1U) != 0U ? 0xEDB88320U : 0U);
        }
    }
    return ~crc;
}

/* The output neuron that spikes first. */
static uint32_t first_to_spike(void)
{
    yin_yang_real first[YIN_YANG_SOURCE_OUT_SIZE];
    uint32_t k, best = 0U;
    (void)yin_yang_first_spikes(&net, YIN_YANG_SOURCE_OUT, first);
    for (k = 1U; k < YIN_YANG_SOURCE_OUT_SIZE; k++) {
        best = first[k] < first[best] ? k : best;
    }
    return best;
}

int main(void)
{
    uint32_t sample, source, right = 0U, crc = 0U, code = yin_yang_init(&net);
    for (sample = 0U; sample < TEST; sample++) {
        code |= yin_yang_run(&net, test_spikes[sample], 5U, YIN_YANG_T_END);
        right += first_to_spike() == test_label[sample] ? 1U : 0U;
        for (source = YIN_YANG_INPUTS; source < YIN_YANG_SOURCES; source++) {
            const yin_yang_real *times = NULL;
            const uint16_t *units = NULL;
            uint32_t count = 0U;
            code |= yin_yang_spikes(&net, source, &times, &units, &count);
            crc = checksum(crc, times, count);
        }
    }
    board_write("RIGHT ");
    board_write_hex(right);
    board_write(" CHECKSUM ");
    board_write_hex(crc);
    board_write("\n");
    return (int)code;
}
