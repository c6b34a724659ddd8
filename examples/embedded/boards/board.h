/* What the programs of this folder need of a board: text out, a count of instructions, an end. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Write text, without a line break of its own. */
void board_write(const char *text);

/* Write a number as eight hexadecimal digits. */
void board_write_hex(uint32_t number);

/* Start counting instructions (on AVR: cycles). */
void board_count_start(void);

/* How many ticks of the counter have passed; emulate.py knows how many instructions a tick is. */
uint32_t board_count(void);

/* The most bytes of stack that have been used since the start. */
uint32_t board_stack(void);

/* End the program; the emulator exits with this status. */
void board_exit(int status);

/* Called by the start-up code; its result is the exit status. */
int main(void);

#endif
