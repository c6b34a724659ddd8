/* AVR under simavr: the serial port for text, TIMER1 as a counter of cycles. */
#include "board.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

static volatile uint16_t overflows;
static int open;
extern uint8_t __heap_start;
uint8_t *board_stack_base(void);
void board_paint_here(void) __attribute__((naked, used, section(".init5")));

/* Fill the free memory between variables and stack, before main. */
void board_paint_here(void)
{
    uint8_t *at;
    for (at = &__heap_start; at < (uint8_t *)SP; at++) {
        *at = 0xA5U;
    }
}

uint32_t board_stack(void)
{
    const uint8_t *at = &__heap_start;
    while (at < (const uint8_t *)RAMEND && *at == 0xA5U) {
        at++;
    }
    return (uint32_t)((const uint8_t *)RAMEND - at);
}

ISR(TIMER1_OVF_vect)
{
    overflows++;
}

void board_write(const char *text)
{
    if (open == 0) {
        UBRR0 = 0;
        UCSR0A = (uint8_t)(1U << U2X0);
        UCSR0B = (uint8_t)(1U << TXEN0);
        UCSR0C = (uint8_t)((1U << UCSZ01) | (1U << UCSZ00));
        open = 1;
    }
    for (; *text != '\0'; text++) {
        while ((UCSR0A & (1U << UDRE0)) == 0U) {
        }
        UDR0 = (uint8_t)*text;
    }
}

void board_write_hex(uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    char text[9];
    uint8_t k;
    for (k = 0U; k < 8U; k++) {
        text[k] = digits[(number >> (28U - 4U * k)) & 15U];
    }
    text[8] = '\0';
    board_write(text);
}

void board_exit(int status)
{
    board_write("EXIT ");
    board_write_hex((uint32_t)status);
    board_write("\n");
    cli();
    sleep_enable();
    sleep_cpu();
    for (;;) {
    }
}

void exit(int status) __attribute__((noreturn));

/* Where the start-up code goes when main returns. */
void exit(int status)
{
    board_exit(status);
    for (;;) {
    }
}

void board_count_start(void)
{
    overflows = 0U;
    TCCR1A = 0U;
    TCNT1 = 0U;
    TIFR1 = (uint8_t)(1U << TOV1);
    TIMSK1 = (uint8_t)(1U << TOIE1);
    TCCR1B = 1U;
    sei();
}

uint32_t board_count(void)
{
    uint16_t low;
    uint32_t high;
    cli();
    low = TCNT1;
    high = overflows;
    if ((TIFR1 & (1U << TOV1)) != 0U && low < 0x8000U) {
        high++;
    }
    sei();
    return (high << 16) + low;
}
