/* x86-64: AVX2, and the dot products of bytes of AVX-VNNI and AVX512-VNNI. */
#include "numeric.h"

#ifdef INKREC_X86

#include <immintrin.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
static void cpuid(int leaf, int sub, int *r) { __cpuidex(r, leaf, sub); }
static unsigned long long states(void) { return _xgetbv(0); }
#else
#include <cpuid.h>
static void cpuid(int leaf, int sub, int *r)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_max(0, NULL) >= (unsigned)leaf)
        __cpuid_count(leaf, sub, a, b, c, d);
    r[0] = (int)a, r[1] = (int)b, r[2] = (int)c, r[3] = (int)d;
}
static unsigned long long states(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (unsigned long long)high << 32 | low;
}
#endif

#define BIT(word, n) ((unsigned)(word) >> (n)&1u)

/* Whether the system keeps the registers that a mask names. */
static int kept(unsigned long long mask)
{
    int r[4];
    cpuid(1, 0, r);
    return BIT(r[2], 27) && (states() & mask) == mask;
}

static int has_avx2(void)
{
    int r[4];
    cpuid(7, 0, r);
    return kept(0x6) && BIT(r[1], 5);
}

static int has_avxvnni(void)
{
    int r[4];
    if (!has_avx2())
        return 0;
    cpuid(7, 1, r);
    return (int)BIT(r[0], 4);
}

static int has_avx512vnni(void)
{
    int r[4];
    cpuid(7, 0, r);
    /* F, BW, VL and VNNI */
    return has_avx2() && kept(0xe6) && BIT(r[1], 16) && BIT(r[1], 30) && BIT(r[1], 31) &&
           BIT(r[2], 11);
}

/* ---- AVX2: weights widened to 16 bits, pairs multiplied */

/* Four sums of pairs of columns each, added up: 8 columns in order. */
TARGET("avx2") INLINE __m256i folded(__m256i low, __m256i high)
{
    return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xd8);
}

TARGET("avx2")
static void product_avx2(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                         uint8_t *scratch)
{
    (void)scratch;
    size_t width = m->blocks * BLOCK, depth = m->quads * QUAD, r = 0;
    for (; r + 4 <= rows; r += 4, a += 4 * depth, out += 4 * width)
        for (size_t j = 0; j < width; j += 8) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m256i s[8];
            for (int i = 0; i < 8; i++)
                s[i] = _mm256_setzero_si256();
            for (size_t k = 0; k < m->quads; k++, w += BLOCK * QUAD) {
                __m256i u = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)w));
                __m256i v = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16)));
#define ROW(i)                                                                               \
    {                                                                                        \
        long long quad;                                                                      \
        memcpy(&quad, a + i * depth + k * QUAD, 8);                                          \
        __m256i q = _mm256_set1_epi64x(quad);                                                \
        s[2 * i] = _mm256_add_epi32(s[2 * i], _mm256_madd_epi16(u, q));                      \
        s[2 * i + 1] = _mm256_add_epi32(s[2 * i + 1], _mm256_madd_epi16(v, q));              \
    }
                ROW(0) ROW(1) ROW(2) ROW(3)
#undef ROW
            }
            for (size_t i = 0; i < 4; i++)
                _mm256_storeu_si256((__m256i *)(out + i * width + j),
                                    folded(s[2 * i], s[2 * i + 1]));
        }
    for (; r < rows; r++, a += depth, out += width)
        for (size_t j = 0; j < width; j += 32) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m256i s[8];
            for (int i = 0; i < 8; i++)
                s[i] = _mm256_setzero_si256();
            for (size_t k = 0; k < m->quads; k++, w += BLOCK * QUAD) {
                long long quad;
                memcpy(&quad, a + k * QUAD, 8);
                __m256i q = _mm256_set1_epi64x(quad);
#define PART(i)                                                                              \
    s[i] = _mm256_add_epi32(                                                                 \
        s[i], _mm256_madd_epi16(                                                             \
                  _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * i))), q));
                PART(0) PART(1) PART(2) PART(3) PART(4) PART(5) PART(6) PART(7)
#undef PART
            }
            for (size_t i = 0; i < 4; i++)
                _mm256_storeu_si256((__m256i *)(out + j + 8 * i),
                                    folded(s[2 * i], s[2 * i + 1]));
        }
}

NUMERIC(avx2, TARGET("avx2"))

const Kernel AVX2 = {"avx2", has_avx2, product_avx2, quantise_avx2, gates_avx2};

/* ---- VNNI: 16 bits as two unsigned bytes, the sums of weights taken off at the end:
 * a = 256 h + l - 32768, so sum a w = 256 sum h w + sum l w - 32768 sum w */

INLINE void planes(const int16_t *RESTRICT a, size_t n, uint8_t *RESTRICT high,
                   uint8_t *RESTRICT low)
{
    for (size_t k = 0; k < n; k++) {
        unsigned u = (unsigned)(a[k] + 32768);
        high[k] = (uint8_t)(u >> 8);
        low[k] = (uint8_t)u;
    }
}

INLINE int quad_at(const uint8_t *p)
{
    int quad;
    memcpy(&quad, p, 4);
    return quad;
}

TARGET("avx2,avxvnni") INLINE __m256i joined8(__m256i high, __m256i low, const int32_t *sums)
{
    __m256i off = _mm256_slli_epi32(_mm256_loadu_si256((const __m256i *)sums), 15);
    return _mm256_sub_epi32(_mm256_add_epi32(_mm256_slli_epi32(high, 8), low), off);
}

TARGET("avx2,avxvnni")
static void product_avxvnni(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                            uint8_t *scratch)
{
    size_t width = m->blocks * BLOCK, depth = m->quads * QUAD, r = 0;
    const uint8_t *high = scratch, *low = scratch + rows * depth;
    planes(a, rows * depth, scratch, scratch + rows * depth);
    for (; r + 4 <= rows; r += 4, high += 4 * depth, low += 4 * depth, out += 4 * width)
        for (size_t j = 0; j < width; j += 8) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m256i h[4], l[4];
            for (int i = 0; i < 4; i++)
                h[i] = l[i] = _mm256_setzero_si256();
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                __m256i v = _mm256_loadu_si256((const __m256i *)w);
#define ROW(i)                                                                               \
    h[i] = _mm256_dpbusd_avx_epi32(h[i], _mm256_set1_epi32(quad_at(high + i * depth + k)), v); \
    l[i] = _mm256_dpbusd_avx_epi32(l[i], _mm256_set1_epi32(quad_at(low + i * depth + k)), v);
                ROW(0) ROW(1) ROW(2) ROW(3)
#undef ROW
            }
            for (size_t i = 0; i < 4; i++)
                _mm256_storeu_si256((__m256i *)(out + i * width + j),
                                    joined8(h[i], l[i], m->sums + j));
        }
    for (; r < rows; r++, high += depth, low += depth, out += width)
        for (size_t j = 0; j < width; j += 32) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m256i h[4], l[4];
            for (int i = 0; i < 4; i++)
                h[i] = l[i] = _mm256_setzero_si256();
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                __m256i qh = _mm256_set1_epi32(quad_at(high + k));
                __m256i ql = _mm256_set1_epi32(quad_at(low + k));
#define PART(i)                                                                              \
    {                                                                                        \
        __m256i v = _mm256_loadu_si256((const __m256i *)(w + 32 * i));                       \
        h[i] = _mm256_dpbusd_avx_epi32(h[i], qh, v);                                         \
        l[i] = _mm256_dpbusd_avx_epi32(l[i], ql, v);                                         \
    }
                PART(0) PART(1) PART(2) PART(3)
#undef PART
            }
            for (size_t i = 0; i < 4; i++)
                _mm256_storeu_si256((__m256i *)(out + j + 8 * i),
                                    joined8(h[i], l[i], m->sums + j + 8 * i));
        }
}

const Kernel AVXVNNI = {"avxvnni", has_avxvnni, product_avxvnni, quantise_avx2, gates_avx2};

/* ---- SSE2, which every processor of this kind has */

static int has_sse2(void) { return 1; }

INLINE __m128i widened(__m128i bytes, int high)
{
    __m128i twice = high ? _mm_unpackhi_epi8(bytes, bytes) : _mm_unpacklo_epi8(bytes, bytes);
    return _mm_srai_epi16(twice, 8);
}

/* Sums of pairs of two columns each, added up: four columns in order. */
INLINE __m128i added(__m128i low, __m128i high)
{
    __m128 a = _mm_castsi128_ps(low), b = _mm_castsi128_ps(high);
    return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(a, b, 0x88)),
                         _mm_castps_si128(_mm_shuffle_ps(a, b, 0xdd)));
}

INLINE __m128i repeated(const int16_t *a)
{
    __m128i quad = _mm_loadl_epi64((const __m128i *)a);
    return _mm_unpacklo_epi64(quad, quad);
}

static void product_sse2(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                         uint8_t *scratch)
{
    (void)scratch;
    size_t width = m->blocks * BLOCK, depth = m->quads * QUAD, r = 0;
    for (; r + 4 <= rows; r += 4, a += 4 * depth, out += 4 * width)
        for (size_t j = 0; j < width; j += 4) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m128i s[8];
            for (int i = 0; i < 8; i++)
                s[i] = _mm_setzero_si128();
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                __m128i v = _mm_loadu_si128((const __m128i *)w);
                __m128i low = widened(v, 0), high = widened(v, 1);
                for (size_t i = 0; i < 4; i++) {
                    __m128i q = repeated(a + i * depth + k);
                    s[2 * i] = _mm_add_epi32(s[2 * i], _mm_madd_epi16(low, q));
                    s[2 * i + 1] = _mm_add_epi32(s[2 * i + 1], _mm_madd_epi16(high, q));
                }
            }
            for (size_t i = 0; i < 4; i++)
                _mm_storeu_si128((__m128i *)(out + i * width + j), added(s[2 * i], s[2 * i + 1]));
        }
    for (; r < rows; r++, a += depth, out += width)
        for (size_t j = 0; j < width; j += 16) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m128i s[8];
            for (int i = 0; i < 8; i++)
                s[i] = _mm_setzero_si128();
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                __m128i q = repeated(a + k);
                for (int i = 0; i < 4; i++) {
                    __m128i v = _mm_loadu_si128((const __m128i *)(w + 16 * i));
                    s[2 * i] = _mm_add_epi32(s[2 * i], _mm_madd_epi16(widened(v, 0), q));
                    s[2 * i + 1] = _mm_add_epi32(s[2 * i + 1], _mm_madd_epi16(widened(v, 1), q));
                }
            }
            for (size_t i = 0; i < 4; i++)
                _mm_storeu_si128((__m128i *)(out + j + 4 * i), added(s[2 * i], s[2 * i + 1]));
        }
}

NUMERIC(sse2, )

const Kernel SSE2 = {"sse2", has_sse2, product_sse2, quantise_sse2, gates_sse2};

#define WIDE "avx512f,avx512bw,avx512vl,avx512vnni,prefer-vector-width=512"

TARGET(WIDE) INLINE __m512i joined16(__m512i high, __m512i low, const int32_t *sums)
{
    __m512i off = _mm512_slli_epi32(_mm512_loadu_si512(sums), 15);
    return _mm512_sub_epi32(_mm512_add_epi32(_mm512_slli_epi32(high, 8), low), off);
}

TARGET(WIDE)
static void product_avx512vnni(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                               uint8_t *scratch)
{
    size_t width = m->blocks * BLOCK, depth = m->quads * QUAD, r = 0;
    const uint8_t *high = scratch, *low = scratch + rows * depth;
    planes(a, rows * depth, scratch, scratch + rows * depth);
    for (; r + 4 <= rows; r += 4, high += 4 * depth, low += 4 * depth, out += 4 * width)
        for (size_t j = 0; j < width; j += 32) {
            const int8_t *w = m->weights + (j / BLOCK * m->quads * BLOCK + j % BLOCK) * QUAD;
            __m512i h[8], l[8];
            for (int i = 0; i < 8; i++)
                h[i] = l[i] = _mm512_setzero_si512();
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                __m512i u = _mm512_loadu_si512(w), v = _mm512_loadu_si512(w + 64);
#define ROW(i)                                                                               \
    {                                                                                        \
        __m512i qh = _mm512_set1_epi32(quad_at(high + i * depth + k));                       \
        __m512i ql = _mm512_set1_epi32(quad_at(low + i * depth + k));                        \
        h[2 * i] = _mm512_dpbusd_epi32(h[2 * i], qh, u);                                     \
        l[2 * i] = _mm512_dpbusd_epi32(l[2 * i], ql, u);                                     \
        h[2 * i + 1] = _mm512_dpbusd_epi32(h[2 * i + 1], qh, v);                             \
        l[2 * i + 1] = _mm512_dpbusd_epi32(l[2 * i + 1], ql, v);                             \
    }
                ROW(0) ROW(1) ROW(2) ROW(3)
#undef ROW
            }
            for (size_t i = 0; i < 4; i++) {
                int32_t *to = out + i * width + j;
                _mm512_storeu_si512(to, joined16(h[2 * i], l[2 * i], m->sums + j));
                _mm512_storeu_si512(to + 16, joined16(h[2 * i + 1], l[2 * i + 1],
                                                      m->sums + j + 16));
            }
        }
    for (; r < rows; r++, high += depth, low += depth, out += width)
        for (size_t j = 0; j < width; j += BLOCK) {
            const int8_t *w = m->weights + j * m->quads * QUAD;
            __m512i h[4], l[4];
            for (int i = 0; i < 4; i++)
                h[i] = l[i] = _mm512_setzero_si512();
            for (size_t k = 0; k < depth; k += QUAD, w += BLOCK * QUAD) {
                __m512i qh = _mm512_set1_epi32(quad_at(high + k));
                __m512i ql = _mm512_set1_epi32(quad_at(low + k));
#define PART(i)                                                                              \
    {                                                                                        \
        __m512i v = _mm512_loadu_si512(w + 64 * i);                                          \
        h[i] = _mm512_dpbusd_epi32(h[i], qh, v);                                             \
        l[i] = _mm512_dpbusd_epi32(l[i], ql, v);                                             \
    }
                PART(0) PART(1) PART(2) PART(3)
#undef PART
            }
            for (size_t i = 0; i < 4; i++)
                _mm512_storeu_si512(out + j + 16 * i,
                                    joined16(h[i], l[i], m->sums + j + 16 * i));
        }
}

NUMERIC(avx512, TARGET(WIDE))

const Kernel AVX512VNNI = {"avx512vnni", has_avx512vnni, product_avx512vnni, quantise_avx512,
                           gates_avx512};

#endif
