/* What the kernels share: the layout of weights, and one table a kernel.
 *
 * A matrix of int8 lies in blocks of 64 columns; in each of them four rows of a
 * column lie side by side, then the next column. Sums of products are exact in
 * 32 bits (see amplitude), so that all kernels give the same bits.
 */
#ifndef INKREC_KERNELS_H
#define INKREC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define BLOCK 64 /* columns */
#define QUAD 4   /* rows that lie together */

#if defined(_MSC_VER) && !defined(__clang__)
#define INLINE static __forceinline
#define TARGET(x)
#define RESTRICT __restrict
#else
#define INLINE static inline __attribute__((always_inline))
#define TARGET(x) __attribute__((target(x)))
#define RESTRICT __restrict__
#endif

#if defined(__x86_64__) || defined(_M_X64)
#define INKREC_X86 1
#elif defined(__aarch64__) || defined(_M_ARM64)
#define INKREC_ARM 1
#endif

typedef struct {
    const int8_t *weights;  /* blocks x quads x BLOCK x QUAD, at 64 bytes */
    const int32_t *sums;    /* of the weights of each column */
    size_t quads, blocks;
} Matrix;

typedef struct {
    const char *name;
    int (*present)(void);
    /* out (rows, blocks * BLOCK) = a (rows, quads * QUAD) times the matrix; scratch holds
     * twice as many bytes as a has numbers */
    void (*product)(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                    uint8_t *scratch);
    /* whole numbers of up to `amplitude` and what one counts; n is rounded up to QUAD */
    float (*quantise)(const float *x, size_t n, float amplitude, int16_t *a);
    void (*gates)(size_t n, const int32_t *sx, float x_unit, const float *x_scale,
                  const int32_t *sh, float h_unit, const float *h_scale, const float *bias,
                  const float *c_in, float *c_out, float *h_out, float *work);
} Kernel;

/* best first; ends with a kernel that is always present */
extern const Kernel *const KERNELS[];
extern const size_t KERNEL_COUNT;

extern const Kernel PLAIN;
#ifdef INKREC_X86
extern const Kernel AVX512VNNI, AVXVNNI, AVX2, SSE2;
#endif
#ifdef INKREC_ARM
extern const Kernel NEON, DOTPROD;
#endif

#endif
