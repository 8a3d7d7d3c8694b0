/* The packed trie of a character n-gram model, walked as inkrec.language.char_ngram does. */
#ifndef INKREC_TRIE_H
#define INKREC_TRIE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
typedef volatile long Link; /* aligned longs are read and written whole */
#define LINK_GET(p) (*(p))
#define LINK_SET(p, v) (*(p) = (v))
#else
typedef int32_t Link;
#define LINK_GET(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define LINK_SET(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#endif

typedef struct {
    /* of the model's file, not ours */
    const uint8_t *labels, *probs, *children, *rests;
    size_t nodes, inner, falling; /* labels, children, rests */
    size_t symbols, order;
    int32_t start, space;
    double logs[256], falls[256], top[256];
    /* made at the beginning */
    uint32_t *firsts, *ranks; /* by blocks of nodes: their first children, inner nodes before */
    Link *links;              /* suffixes found so far, plus one; all threads find the same */
} Trie;

/* Zero, or -1 where memory is short; what is not made here is set before. */
int trie_init(Trie *t);
void trie_free(Trie *t);

/* The state behind a symbol, and its log-probability. Whatever the arrays hold, nothing is read
 * outside them, and a state outside the trie is the empty one. */
int32_t trie_walk(const Trie *t, int32_t node, unsigned symbol, double *log_p);

#endif
