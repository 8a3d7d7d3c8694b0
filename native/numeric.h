/* The parts of a kernel that a compiler makes fast by itself, once for each instruction set.
 *
 * Only additions, products, quotients and comparisons of floats, never contracted: the same
 * bits on every machine.
 */
#ifndef INKREC_NUMERIC_H
#define INKREC_NUMERIC_H

#include <string.h>

#include "kernels.h"

#define FINITE 0x7f800000 /* bits of a float from here on are no number */

INLINE float bounded(float x, float limit)
{
    x = x < -limit ? -limit : x; /* what is no number stays so */
    return x > limit ? limit : x;
}

/* A quotient of polynomials, within 3e-7 of tanh (the one Eigen uses). */
INLINE float tanh_of(float x)
{
    x = bounded(x, 9.0f);
    float s = x * x;
    float p = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * s + -8.60467152213735e-11f;
    p = p * s + 5.12229709037114e-08f;
    p = p * s + 1.48572235717979e-05f;
    p = p * s + 6.37261928875436e-04f;
    p = p * s + 4.89352455891786e-03f;
    p = p * x;
    float q = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * s + 2.26843463243900e-03f;
    q = q * s + 4.89352518554385e-03f;
    return bounded(p / q, 1.0f);
}

INLINE float logistic(float x) { return 0.5f + 0.5f * tanh_of(0.5f * x); }

INLINE float quantise_inline(const float *RESTRICT x, size_t n, float amplitude,
                             int16_t *RESTRICT a)
{
    int32_t most = 0;
    for (size_t k = 0; k < n; k++) {
        int32_t bits;
        memcpy(&bits, x + k, 4);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    size_t whole = (n + QUAD - 1) / QUAD * QUAD;
    float top;
    memcpy(&top, &most, 4);
    if (most >= FINITE || top < 1e-30f) {
        memset(a, 0, whole * sizeof *a);
        return most >= FINITE ? top - top : 0.0f; /* no number, if there is one */
    }
    float per = amplitude / top;
    for (size_t k = 0; k < n; k++) {
        float v = x[k] * per + 12582912.0f; /* 1.5 * 2^23 rounds to the nearest */
        a[k] = (int16_t)(int32_t)(v - 12582912.0f);
    }
    for (size_t k = n; k < whole; k++)
        a[k] = 0;
    return top / amplitude;
}

/* Gates in the order i, f, g, o, n each. */
INLINE void gates_inline(size_t n, const int32_t *RESTRICT sx, float x_unit,
                         const float *RESTRICT x_scale, const int32_t *RESTRICT sh, float h_unit,
                         const float *RESTRICT h_scale, const float *RESTRICT bias,
                         const float *c_in, float *c_out, float *h_out, float *RESTRICT work)
{
    for (size_t j = 0; j < 4 * n; j++)
        work[j] = (float)sx[j] * (x_unit * x_scale[j]) +
                  ((float)sh[j] * (h_unit * h_scale[j]) + bias[j]);
    for (size_t j = 0; j < 2 * n; j++)
        work[j] = logistic(work[j]);
    for (size_t j = 2 * n; j < 3 * n; j++)
        work[j] = tanh_of(work[j]);
    for (size_t j = 3 * n; j < 4 * n; j++)
        work[j] = logistic(work[j]);
    /* c_in and c_out may be one */
    for (size_t j = 0; j < n; j++)
        c_out[j] = work[n + j] * c_in[j] + work[j] * work[2 * n + j];
    for (size_t j = 0; j < n; j++)
        work[j] = tanh_of(c_out[j]);
    for (size_t j = 0; j < n; j++)
        h_out[j] = work[3 * n + j] * work[j];
}

#define NUMERIC(name, target)                                                                  \
    target static float quantise_##name(const float *x, size_t n, float amplitude, int16_t *a) \
    {                                                                                          \
        return quantise_inline(x, n, amplitude, a);                                            \
    }                                                                                          \
    target static void gates_##name(size_t n, const int32_t *sx, float x_unit,                 \
                                    const float *x_scale, const int32_t *sh, float h_unit,     \
                                    const float *h_scale, const float *bias, const float *c_in, \
                                    float *c_out, float *h_out, float *work)                   \
    {                                                                                          \
        gates_inline(n, sx, x_unit, x_scale, sh, h_unit, h_scale, bias, c_in, c_out, h_out,    \
                     work);                                                                    \
    }

#endif
