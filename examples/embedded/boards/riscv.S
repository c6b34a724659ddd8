/* RISC-V under QEMU: start-up. */
    .section .start, "ax"
    .globl board_reset
board_reset:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, board_stack_high
#ifdef __riscv_flen
    li t0, 0x6000 /* the FPU on */
    csrs mstatus, t0
    csrw fcsr, zero
#endif
    la t0, board_bss_start
    la t1, board_bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  addi a0, sp, -64
    call board_paint
    call main
    call board_exit

    .globl board_semihosting
    .balign 16
board_semihosting:
    .option push
    .option norvc
    slli x0, x0, 0x1f
    ebreak
    srai x0, x0, 7
    .option pop
    ret
