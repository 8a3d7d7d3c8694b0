#include "kernels.h"

const Kernel *const KERNELS[] = {
#ifdef INKREC_X86
    &AVX512VNNI, &AVXVNNI, &AVX2, &SSE2,
#endif
#ifdef INKREC_ARM
    &DOTPROD,    &NEON,
#endif
    &PLAIN,
};

const size_t KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS;
