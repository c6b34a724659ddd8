/* What boards have in common: numbers as text, and the stack's high-water mark. */
#include "board.h"

#define PAINT 0xA5U

extern uint8_t board_stack_low[], board_stack_high[];

/* Fill the free part of the stack, before main. */
void board_paint(uint8_t *up_to);
void board_paint(uint8_t *up_to)
{
    uint8_t *at;
    for (at = board_stack_low; at < up_to; at++) {
        *at = (uint8_t)PAINT;
    }
}

uint32_t board_stack(void)
{
    const uint8_t *at = board_stack_low;
    while (at < board_stack_high && *at == (uint8_t)PAINT) {
        at++;
    }
    return (uint32_t)(board_stack_high - at);
}

void board_write_hex(uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    char text[9];
    int k;
    for (k = 0; k < 8; k++) {
        text[k] = digits[(number >> (28 - 4 * k)) & 15U];
    }
    text[8] = '\0';
    board_write(text);
}
