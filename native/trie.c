#include "trie.h"

#include <stdlib.h>
#include <string.h>

#define NODES 64 /* of a block */

int trie_init(Trie *t)
{
    size_t blocks = t->inner / NODES + 1;
    t->firsts = malloc(blocks * sizeof *t->firsts);
    t->ranks = malloc(blocks * sizeof *t->ranks);
    t->links = calloc(t->inner + 1, sizeof *t->links);
    if (!t->firsts || !t->ranks || !t->links) {
        trie_free(t);
        return -1;
    }
    uint32_t first = (uint32_t)t->symbols + 1, rank = 0;
    for (size_t b = 0; b < blocks; b++) {
        t->firsts[b] = first;
        t->ranks[b] = rank;
        for (size_t i = b * NODES; i < (b + 1) * NODES && i < t->inner; i++) {
            first += t->children[i];
            rank += t->children[i] != 0;
        }
    }
    return 0;
}

void trie_free(Trie *t)
{
    free(t->firsts);
    free(t->ranks);
    free((void *)t->links);
    t->firsts = t->ranks = NULL;
    t->links = NULL;
}

static int has_children(const Trie *t, int32_t node)
{
    return node > 0 && (size_t)node <= t->inner && t->children[node - 1];
}

/* The node of a child, or 0. */
static int32_t child(const Trie *t, int32_t node, unsigned symbol)
{
    if (!has_children(t, node))
        return 0;
    size_t at = (size_t)node - 1, first = t->firsts[at / NODES];
    for (size_t i = at / NODES * NODES; i < at; i++)
        first += t->children[i];
    size_t count = t->children[at];
    if (first > t->nodes || count > t->nodes - first)
        return 0;
    const uint8_t *found = memchr(t->labels + first, (int)symbol, count);
    return found ? (int32_t)(found - t->labels) + 1 : 0;
}

static double rest(const Trie *t, int32_t node)
{
    if (node <= 0 || (size_t)node > t->inner)
        return 0.0;
    size_t at = (size_t)node - 1, rank = t->ranks[at / NODES];
    for (size_t i = at / NODES * NODES; i < at; i++)
        rank += t->children[i] != 0;
    return rank < t->falling ? t->falls[t->rests[rank]] : 0.0;
}

static int32_t parent(const Trie *t, int32_t node)
{
    /* the last block whose first child lies before the node */
    size_t low = 0, high = t->inner / NODES + 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (t->firsts[middle] <= (uint32_t)node - 1)
            low = middle;
        else
            high = middle;
    }
    uint32_t last = t->firsts[low];
    size_t at = low * NODES;
    while (last < (uint32_t)node && at < t->inner)
        last += t->children[at++];
    return (int32_t)at;
}

static int32_t suffix(const Trie *t, int32_t node, size_t depth);

/* A node without children says nothing that its suffix does not say. */
static int32_t settle(const Trie *t, int32_t node, size_t depth)
{
    for (size_t i = 0; node && !has_children(t, node); i++)
        node = i > t->order ? 0 : suffix(t, node, depth);
    return node;
}

static int32_t walk(const Trie *t, int32_t node, unsigned symbol, size_t depth, double *log_p)
{
    double back = 0.0;
    for (size_t i = 0; node && i <= t->order; i++) {
        int32_t found = child(t, node, symbol);
        if (found) {
            *log_p = back + t->logs[t->probs[found - 1]];
            return settle(t, found, depth);
        }
        back += rest(t, node);
        node = suffix(t, node, depth);
    }
    *log_p = back + t->top[symbol];
    return settle(t, (int32_t)symbol, depth);
}

/* The longest proper suffix that has children. A trie of `order` levels is never deeper; one
 * whose nodes are their own children is damaged. */
static int32_t suffix(const Trie *t, int32_t node, size_t depth)
{
    int known = node > 0 && (size_t)node <= t->inner;
    if (known) {
        int32_t link = LINK_GET(t->links + node);
        if (link)
            return link - 1;
    }
    int32_t link = 0;
    if (node == t->start)
        link = depth < t->order ? settle(t, t->space, depth + 1) : 0;
    else if (node > t->start && (size_t)node <= t->nodes && depth <= t->order) {
        double unused;
        int32_t above = parent(t, node);
        unsigned label = t->labels[node - 1];
        if (label <= t->symbols) /* only a damaged trie begins a line inside one */
            link = walk(t, suffix(t, above, depth + 1), label, depth + 1, &unused);
    }
    if (known)
        LINK_SET(t->links + node, link + 1);
    return link;
}

int32_t trie_walk(const Trie *t, int32_t node, unsigned symbol, double *log_p)
{
    if (node < 0 || (size_t)node > t->nodes)
        node = 0;
    if (symbol > t->symbols)
        symbol = 0;
    return walk(t, node, symbol, 0, log_p);
}
