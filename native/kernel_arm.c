/* 64-bit Arm: NEON, and its dot products of bytes where there are any. */
#include "numeric.h"

#ifdef INKREC_ARM

#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#ifndef HWCAP_ASIMDDP
#define HWCAP_ASIMDDP (1 << 20)
#endif
#endif

static int has_neon(void) { return 1; } /* every one has */

static int has_dotprod(void)
{
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__ARM_FEATURE_DOTPROD)
    return 1;
#else
    return 0;
#endif
}

/* Weights widened to 16 bits; each column's four products are added up at the end. */
static void product_neon(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                         uint8_t *scratch)
{
    (void)scratch;
    size_t width = m->blocks * BLOCK, depth = m->quads * QUAD, r = 0;
    for (; r + 2 <= rows; r += 2, a += 2 * depth, out += 2 * width)
        for (size_t j = 0; j < width; j += 8) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            int32x4_t s[16];
            for (int i = 0; i < 16; i++)
                s[i] = vdupq_n_s32(0);
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                int16x4_t p = vld1_s16(a + k), q = vld1_s16(a + depth + k);
#define PART(i)                                                                              \
    {                                                                                        \
        int16x8_t v = vmovl_s8(vld1_s8(w + 8 * i));                                          \
        s[2 * i] = vmlal_s16(s[2 * i], vget_low_s16(v), p);                                  \
        s[2 * i + 1] = vmlal_s16(s[2 * i + 1], vget_high_s16(v), p);                         \
        s[8 + 2 * i] = vmlal_s16(s[8 + 2 * i], vget_low_s16(v), q);                          \
        s[9 + 2 * i] = vmlal_s16(s[9 + 2 * i], vget_high_s16(v), q);                         \
    }
                PART(0) PART(1) PART(2) PART(3)
#undef PART
            }
            for (int i = 0; i < 4; i++) {
                int32x4_t low = vpaddq_s32(s[4 * i], s[4 * i + 1]);
                int32x4_t high = vpaddq_s32(s[4 * i + 2], s[4 * i + 3]);
                vst1q_s32(out + (i / 2) * width + j + 4 * (i % 2), vpaddq_s32(low, high));
            }
        }
    for (; r < rows; r++, a += depth, out += width)
        for (size_t j = 0; j < width; j += 16) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            int32x4_t s[16];
            for (int i = 0; i < 16; i++)
                s[i] = vdupq_n_s32(0);
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                int16x4_t p = vld1_s16(a + k);
#define PART(i)                                                                              \
    {                                                                                        \
        int16x8_t v = vmovl_s8(vld1_s8(w + 8 * i));                                          \
        s[2 * i] = vmlal_s16(s[2 * i], vget_low_s16(v), p);                                  \
        s[2 * i + 1] = vmlal_s16(s[2 * i + 1], vget_high_s16(v), p);                         \
    }
                PART(0) PART(1) PART(2) PART(3) PART(4) PART(5) PART(6) PART(7)
#undef PART
            }
            for (int i = 0; i < 4; i++) {
                int32x4_t low = vpaddq_s32(s[4 * i], s[4 * i + 1]);
                int32x4_t high = vpaddq_s32(s[4 * i + 2], s[4 * i + 3]);
                vst1q_s32(out + j + 4 * i, vpaddq_s32(low, high));
            }
        }
}

NUMERIC(neon, )

const Kernel NEON = {"neon", has_neon, product_neon, quantise_neon, gates_neon};

/* 16 bits as two signed bytes: a = 256 h + l + 128 */

#if defined(__clang__)
#define DOT TARGET("dotprod")
#else
#define DOT TARGET("arch=armv8.2-a+dotprod")
#endif

DOT INLINE int32x4_t repeated(const int8_t *p)
{
    int32_t quad;
    memcpy(&quad, p, 4);
    return vdupq_n_s32(quad);
}

DOT INLINE int32x4_t joined(int32x4_t high, int32x4_t low, const int32_t *sums)
{
    int32x4_t off = vshlq_n_s32(vld1q_s32(sums), 7);
    return vaddq_s32(vaddq_s32(vshlq_n_s32(high, 8), low), off);
}

DOT static void product_dotprod(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                                uint8_t *scratch)
{
    size_t width = m->blocks * BLOCK, depth = m->quads * QUAD, r = 0;
    int8_t *high = (int8_t *)scratch, *low = high + rows * depth;
    for (size_t k = 0; k < rows * depth; k++) {
        unsigned u = (unsigned)(a[k] + 32768);
        high[k] = (int8_t)((int)(u >> 8) - 128);
        low[k] = (int8_t)((int)(u & 255) - 128);
    }
    for (; r + 2 <= rows; r += 2, high += 2 * depth, low += 2 * depth, out += 2 * width)
        for (size_t j = 0; j < width; j += 16) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            int32x4_t h[8], l[8];
            for (int i = 0; i < 8; i++)
                h[i] = l[i] = vdupq_n_s32(0);
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                int8x16_t p = vreinterpretq_s8_s32(repeated(high + k));
                int8x16_t q = vreinterpretq_s8_s32(repeated(low + k));
                int8x16_t s = vreinterpretq_s8_s32(repeated(high + depth + k));
                int8x16_t t = vreinterpretq_s8_s32(repeated(low + depth + k));
                for (int i = 0; i < 4; i++) {
                    int8x16_t v = vld1q_s8(w + 16 * i);
                    h[i] = vdotq_s32(h[i], v, p);
                    l[i] = vdotq_s32(l[i], v, q);
                    h[4 + i] = vdotq_s32(h[4 + i], v, s);
                    l[4 + i] = vdotq_s32(l[4 + i], v, t);
                }
            }
            for (int i = 0; i < 8; i++)
                vst1q_s32(out + (i / 4) * width + j + 4 * (i % 4),
                          joined(h[i], l[i], m->sums + j + 4 * (i % 4)));
        }
    for (; r < rows; r++, high += depth, low += depth, out += width)
        for (size_t j = 0; j < width; j += 32) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            int32x4_t h[8], l[8];
            for (int i = 0; i < 8; i++)
                h[i] = l[i] = vdupq_n_s32(0);
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                int8x16_t p = vreinterpretq_s8_s32(repeated(high + k));
                int8x16_t q = vreinterpretq_s8_s32(repeated(low + k));
                for (int i = 0; i < 8; i++) {
                    int8x16_t v = vld1q_s8(w + 16 * i);
                    h[i] = vdotq_s32(h[i], v, p);
                    l[i] = vdotq_s32(l[i], v, q);
                }
            }
            for (int i = 0; i < 8; i++)
                vst1q_s32(out + j + 4 * i, joined(h[i], l[i], m->sums + j + 4 * i));
        }
}

const Kernel DOTPROD = {"dotprod", has_dotprod, product_dotprod, quantise_neon, gates_neon};

#endif
