/* SPDX-License-Identifier: GPL-2.0-only */
/* The object of the BPF programs as data of slb-toa. */
	.section .rodata
	.balign 8
	.global toa_object, toa_object_end
toa_object:
	.incbin "toa.bpf.o"
toa_object_end:
	.section .note.GNU-stack, "", %progbits
