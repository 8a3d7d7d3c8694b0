/* The CTC prefix beam of inkrec.decoding.beam, number by number. */
#ifndef INKREC_BEAM_H
#define INKREC_BEAM_H

#include "trie.h"

typedef struct {
    int32_t parent, symbol; /* parent: index of a node, or -1 for one whose parent is not here */
    int64_t key, above, frame;
    int32_t lm;
} Node;

typedef struct {
    size_t width;
    double cut, sure, narrow, alpha, beta;
} Search;

/* The beam behind a frame: `count` entries from `first` on in the arrays of the run. */
typedef struct {
    size_t first, count;
    double log_scale;
} State;

typedef struct {
    Node *nodes; /* those that were given first */
    size_t node_count, node_room;
    int32_t *ends; /* of all states, one behind the other */
    double *blank, *symbol;
    size_t end_count, end_room;
    State *states; /* the one given, then one a frame, or the last alone */
} Run;

/* Take frames into a beam whose first nodes, ends and state are in `run`. Zero, or -1 where
 * memory is short. `index` gives the trie's number of each of `classes` symbols, 0 for those
 * that it lacks; both are NULL without a language model. */
int beam_run(Run *run, const Search *search, const double *probs, size_t frames, size_t classes,
             int64_t frame, const Trie *trie, const int32_t *index, double unknown, int every);
void beam_free(Run *run);

#endif
