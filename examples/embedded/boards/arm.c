/* Cortex-M under QEMU: vectors, start-up, semihosting, SysTick as the counter. */
#include "board.h"

extern uint32_t board_data_load[], board_data_start[], board_data_end[], board_bss_start[], board_bss_end[];
extern uint8_t board_stack_high[];
void board_paint(uint8_t *up_to);
void board_reset(void);
void board_start(void);
void board_fault(void);
void board_wrap(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    board_stack_high,          (const void *)board_reset, (const void *)board_fault,
    (const void *)board_fault, (const void *)board_fault, (const void *)board_fault,
    (const void *)board_fault, (const void *)board_fault, (const void *)board_fault,
    (const void *)board_fault, (const void *)board_fault, (const void *)board_fault,
    (const void *)board_fault, (const void *)board_fault, (const void *)board_fault,
    (const void *)board_wrap,
};

static volatile uint32_t wraps;

static int semihosting(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void board_write(const char *text)
{
    (void)semihosting(4, text);
}

void board_exit(int status)
{
    const uint32_t block[2] = { 0x20026U, (uint32_t)status };
    (void)semihosting(0x20, block);
    for (;;) {
    }
}

/* A fault ends the program instead of hanging it. */
void board_fault(void)
{
    board_exit(0x7f);
}

/* The counter has 24 bits only. */
void board_wrap(void)
{
    wraps++;
}

__attribute__((naked, used)) void board_reset(void)
{
    __asm__ volatile("b board_start");
}

void board_start(void)
{
    uint32_t *to, *from = board_data_load;
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88U |= 0xFU << 20; /* the FPU on, before any of its instructions */
    __asm__ volatile("dsb\n isb");
#endif
    for (to = board_data_start; to < board_data_end; to++) {
        *to = *from++;
    }
    for (to = board_bss_start; to < board_bss_end; to++) {
        *to = 0U;
    }
    board_paint((uint8_t *)__builtin_frame_address(0) - 64);
    board_exit(main());
}

void board_count_start(void)
{
    *(volatile uint32_t *)0xE000E010U = 0U;
    wraps = 0U;
    *(volatile uint32_t *)0xE000E014U = 0xFFFFFFU;
    *(volatile uint32_t *)0xE000E018U = 0U;
    *(volatile uint32_t *)0xE000E010U = 7U;
}

uint32_t board_count(void)
{
    uint32_t before, now;
    do {
        before = wraps;
        now = (0U - *(volatile uint32_t *)0xE000E018U) & 0xFFFFFFU;
    } while (wraps != before);
    return (before << 24) + now;
}
