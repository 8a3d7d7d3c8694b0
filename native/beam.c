#include "beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MASK (((int64_t)1 << 61) - 1)
#define ASKED 4096 /* answers of the language model that are kept */

typedef struct {
    int64_t question; /* state and symbol, plus one */
    double factor;
    int32_t after;
} Answer;

typedef struct {
    int32_t symbol;
    double p;
} Pair;

typedef struct {
    int32_t node, symbol, after; /* of the beam, by place */
} Begun;

typedef struct {
    double mass;
    size_t place;
} Ranked;

typedef struct {
    const Search *search;
    const Trie *trie;
    const int32_t *index;
    double unknown;
    size_t classes;
    double *said;   /* by symbol */
    Pair *row;
    size_t row_count;
    Answer *answers;
    /* by place in the beam, those that were there first */
    double *ends_blank, *ends_symbol;
    size_t room;
    int32_t *next;  /* of those with the same text in front */
    int32_t *again; /* place of the node it was begun anew from, or -1 */
    int32_t *again_after;
    size_t beam_room;
    int32_t *heads; /* by a hash of the text in front */
    size_t head_count;
    Begun *begun;
    size_t begun_count, begun_room;
    double *kept;   /* a heap of the masses that are sure to be kept, the least first */
    size_t kept_room;
    Ranked *ranked, *spare;
    size_t ranked_room;
} Work;

static int grown(void **at, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return 0;
    size_t more = wanted + wanted / 2 + 16;
    void *moved = more > (size_t)-1 / size ? NULL : realloc(*at, more * size);
    if (!moved)
        return -1;
    *at = moved;
    *room = more;
    return 0;
}

static size_t slot(const Work *w, int64_t key)
{
    uint64_t h = (uint64_t)key * 0x9E3779B97F4A7C15u;
    return (size_t)(h >> 32) & (w->head_count - 1);
}

static void sink(double *heap, size_t count, double value)
{
    size_t at = 0;
    for (;;) {
        size_t low = 2 * at + 1;
        if (low >= count)
            break;
        if (low + 1 < count && heap[low + 1] < heap[low])
            low++;
        if (!(heap[low] < value))
            break;
        heap[at] = heap[low];
        at = low;
    }
    heap[at] = value;
}

static void heaped(double *heap, size_t count)
{
    for (size_t at = count / 2; at-- > 0;) {
        /* sink from there */
        double value = heap[at];
        size_t here = at;
        for (;;) {
            size_t low = 2 * here + 1;
            if (low >= count)
                break;
            if (low + 1 < count && heap[low + 1] < heap[low])
                low++;
            if (!(heap[low] < value))
                break;
            heap[here] = heap[low];
            here = low;
        }
        heap[here] = value;
    }
}

static int ahead(const Ranked *a, const Ranked *b)
{
    return a->mass > b->mass || (a->mass == b->mass && a->place < b->place);
}

/* By merging: it ends whatever the masses are, those that are no numbers too. */
static void sorted(Ranked *a, Ranked *spare, size_t n)
{
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t left = 0; left < n; left += 2 * run) {
            size_t middle = left + run < n ? left + run : n;
            size_t right = left + 2 * run < n ? left + 2 * run : n;
            size_t i = left, j = middle, k = left;
            while (i < middle && j < right)
                spare[k++] = ahead(a + j, a + i) ? a[j++] : a[i++];
            while (i < middle)
                spare[k++] = a[i++];
            while (j < right)
                spare[k++] = a[j++];
        }
        memcpy(a, spare, n * sizeof *a);
    }
}

/* What the language model makes of a symbol behind a state: the factor on the mass. */
static double ask(Work *w, int32_t lm, int32_t symbol, int32_t *after)
{
    int64_t question = (((int64_t)lm << 32) | symbol) + 1;
    Answer *a = w->answers + (((uint64_t)question * 0x9E3779B97F4A7C15u >> 40) & (ASKED - 1));
    if (a->question != question) {
        double log_p = w->unknown;
        int32_t known = w->index[symbol];
        a->after = known ? trie_walk(w->trie, lm, (unsigned)known, &log_p) : 0;
        a->factor = exp(w->search->alpha * log_p + w->search->beta);
        a->question = question;
    }
    *after = a->after;
    return a->factor;
}

static int32_t longer(Run *run, int32_t node, int32_t symbol, int64_t frame, int32_t lm)
{
    const Node *parent = run->nodes + node;
    Node made = {node, symbol,
                 (int64_t)(((uint64_t)parent->key * 1000003u + (uint64_t)symbol * 7919u + 1u) &
                           (uint64_t)MASK),
                 parent->key, frame, lm};
    run->nodes[run->node_count] = made;
    return (int32_t)run->node_count++;
}

/* Room for a state of so many ends behind the last one. */
static int room(Run *run, size_t count)
{
    size_t wanted = run->end_count + count;
    size_t a = run->end_room, b = a, c = a;
    if (grown((void **)&run->ends, &a, wanted, sizeof *run->ends) < 0 ||
        grown((void **)&run->blank, &b, wanted, sizeof *run->blank) < 0 ||
        grown((void **)&run->symbol, &c, wanted, sizeof *run->symbol) < 0)
        return -1;
    run->end_room = a;
    return 0;
}

static int rested(Run *run, const State *from, State *to)
{
    if (room(run, from->count) < 0)
        return -1;
    to->first = run->end_count;
    to->count = from->count;
    to->log_scale = from->log_scale;
    for (size_t i = 0; i < from->count; i++) {
        size_t at = from->first + i;
        run->ends[run->end_count] = run->ends[at];
        run->blank[run->end_count] = run->blank[at] + run->symbol[at];
        run->symbol[run->end_count++] = 0.0;
    }
    return 0;
}

static int prepared(Work *w, size_t count)
{
    size_t a = w->room, b = a, c = w->beam_room, d = c, e = c;
    size_t heads = 16;
    while (heads < 2 * count)
        heads *= 2;
    if (grown((void **)&w->ends_blank, &a, count, sizeof(double)) < 0 ||
        grown((void **)&w->ends_symbol, &b, count, sizeof(double)) < 0 ||
        grown((void **)&w->next, &c, count, sizeof(int32_t)) < 0 ||
        grown((void **)&w->again, &d, count, sizeof(int32_t)) < 0 ||
        grown((void **)&w->again_after, &e, count, sizeof(int32_t)) < 0)
        return -1;
    w->room = a;
    w->beam_room = c;
    if (heads > w->head_count) {
        int32_t *moved = realloc(w->heads, heads * sizeof *moved);
        if (!moved)
            return -1;
        w->heads = moved;
        w->head_count = heads;
    }
    memset(w->heads, 0xff, w->head_count * sizeof *w->heads);
    return 0;
}

static int begin(Work *w, int32_t place, int32_t symbol, int32_t after, double mass, size_t count)
{
    size_t total = count + w->begun_count + 1, a = w->room, b = a;
    if (grown((void **)&w->begun, &w->begun_room, w->begun_count + 1, sizeof(Begun)) < 0 ||
        grown((void **)&w->ends_blank, &a, total, sizeof(double)) < 0 ||
        grown((void **)&w->ends_symbol, &b, total, sizeof(double)) < 0)
        return -1;
    w->room = a;
    Begun made = {place, symbol, after};
    w->begun[w->begun_count++] = made;
    w->ends_blank[total - 1] = 0.0;
    w->ends_symbol[total - 1] = mass;
    return 0;
}

static int framed(Run *run, Work *w, const State *from, State *to, double blank, int64_t frame)
{
    const Search *s = w->search;
    size_t count = from->count;
    if (prepared(w, count) < 0)
        return -1;
    double best = 0.0;
    for (size_t i = 0; i < count; i++) {
        const Node *node = run->nodes + run->ends[from->first + i];
        double b = run->blank[from->first + i], e = run->symbol[from->first + i];
        b = (b + e) * blank;
        e *= w->said[node->symbol];
        w->ends_blank[i] = b;
        w->ends_symbol[i] = e;
        best = b + e > best ? b + e : best;
        size_t at = slot(w, node->above);
        w->next[i] = w->heads[at];
        w->heads[at] = (int32_t)i;
        w->again[i] = -1;
    }
    double floor = best * s->narrow, most = w->trie ? exp(s->beta) : 1.0;
    size_t keeping = count > s->width ? count : s->width;
    if (grown((void **)&w->kept, &w->kept_room, keeping, sizeof(double)) < 0)
        return -1;
    for (size_t i = 0; i < keeping; i++)
        w->kept[i] = i < count ? w->ends_blank[i] + w->ends_symbol[i] : 0.0;
    heaped(w->kept, keeping);
    w->begun_count = 0;
    for (size_t i = 0; i < count; i++) {
        const Node *node = run->nodes + run->ends[from->first + i];
        double b = run->blank[from->first + i];
        double total = b + run->symbol[from->first + i];
        int mine = 0;
        size_t head = slot(w, node->key);
        for (int32_t j = w->heads[head]; j >= 0 && !mine; j = w->next[j])
            mine = run->nodes[run->ends[from->first + (size_t)j]].above == node->key;
        for (size_t r = 0; r < w->row_count; r++) {
            int32_t symbol = w->row[r].symbol, child = -1, after = 0;
            double p = w->row[r].p, mass = (symbol == node->symbol ? b : total) * p;
            if (mine)
                for (int32_t j = w->heads[head]; j >= 0; j = w->next[j]) {
                    const Node *other = run->nodes + run->ends[from->first + (size_t)j];
                    if (other->above == node->key && other->symbol == symbol) {
                        child = j;
                        break;
                    }
                }
            if (mass <= floor || (child < 0 && mass * most <= w->kept[0])) {
                if (total * p <= floor || (!mine && total * p * most <= w->kept[0]))
                    break;
                continue;
            }
            if (w->trie)
                mass *= ask(w, node->lm, symbol, &after);
            if (child >= 0) {
                if (mass > w->ends_symbol[child]) {
                    w->again[child] = (int32_t)i;
                    w->again_after[child] = after;
                }
                w->ends_symbol[child] += mass;
                continue;
            }
            if (mass > w->kept[0]) {
                sink(w->kept, keeping, mass);
                if (begin(w, (int32_t)i, symbol, after, mass, count) < 0)
                    return -1;
            }
        }
    }
    size_t all = count + w->begun_count, a = w->ranked_room, b = a;
    if (grown((void **)&w->ranked, &a, all, sizeof(Ranked)) < 0 ||
        grown((void **)&w->spare, &b, all, sizeof(Ranked)) < 0)
        return -1;
    w->ranked_room = a;
    for (size_t i = 0; i < all; i++) {
        Ranked r = {w->ends_blank[i] + w->ends_symbol[i], i};
        w->ranked[i] = r;
    }
    sorted(w->ranked, w->spare, all);
    best = w->ranked[0].mass;
    floor = best * s->narrow;
    size_t chosen = 0;
    double whole = 0.0;
    for (size_t i = 0; i < all && i < s->width; i++)
        if (w->ranked[i].mass > floor || w->ranked[i].mass == best) {
            size_t place = w->ranked[i].place;
            whole += w->ends_blank[place] + w->ends_symbol[place];
            w->ranked[chosen++] = w->ranked[i];
        }
    /* every path was impossible to working precision: wait rather than divide by nothing */
    if (whole <= 0.0)
        return rested(run, from, to);
    if (room(run, chosen) < 0 || grown((void **)&run->nodes, &run->node_room,
                                       run->node_count + chosen, sizeof(Node)) < 0)
        return -1;
    if (run->node_count > INT32_MAX - chosen)
        return -1;
    double scale = 1.0 / whole;
    to->first = run->end_count;
    to->count = chosen;
    to->log_scale = from->log_scale + log(whole);
    for (size_t i = 0; i < chosen; i++) {
        size_t place = w->ranked[i].place;
        int32_t node;
        if (place >= count) {
            const Begun *new = w->begun + (place - count);
            node = longer(run, run->ends[from->first + (size_t)new->node], new->symbol, frame,
                          new->after);
        } else {
            node = run->ends[from->first + place];
            int32_t again = w->again[place];
            if (again >= 0)
                node = longer(run, run->ends[from->first + (size_t)again],
                              run->nodes[node].symbol, frame, w->again_after[place]);
        }
        run->ends[run->end_count] = node;
        run->blank[run->end_count] = w->ends_blank[place] * scale;
        run->symbol[run->end_count++] = w->ends_symbol[place] * scale;
    }
    return 0;
}

/* The symbols of a frame that extend a prefix, the most probable first. */
static void pairs(Work *w, const double *probs)
{
    w->row_count = 0;
    for (size_t c = 1; c < w->classes; c++) {
        double p = probs[c];
        w->said[c] = 0.0;
        if (!(p >= w->search->cut))
            continue;
        w->said[c] = p;
        size_t at = w->row_count++;
        for (; at && w->row[at - 1].p < p; at--)
            w->row[at] = w->row[at - 1];
        w->row[at].symbol = (int32_t)c;
        w->row[at].p = p;
    }
    w->said[0] = 0.0;
}

static void done(Work *w)
{
    void *all[] = {w->said,  w->row,     w->answers, w->ends_blank, w->ends_symbol, w->next,
                   w->again, w->again_after, w->heads, w->begun,      w->kept,       w->ranked,
                   w->spare};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

int beam_run(Run *run, const Search *search, const double *probs, size_t frames, size_t classes,
             int64_t frame, const Trie *trie, const int32_t *index, double unknown, int every)
{
    Work w = {.search = search, .trie = trie, .index = index, .unknown = unknown,
              .classes = classes};
    int failed = 0;
    w.said = malloc(classes * sizeof *w.said);
    w.row = malloc(classes * sizeof *w.row);
    w.answers = calloc(trie ? ASKED : 1, sizeof *w.answers);
    if (!w.said || !w.row || !w.answers)
        failed = -1;
    State last = run->states[0];
    for (size_t t = 0; t < frames && !failed; t++, probs += classes) {
        State after;
        if (probs[0] >= search->sure) {
            failed = rested(run, &last, &after);
        } else {
            pairs(&w, probs);
            failed = framed(run, &w, &last, &after, probs[0], frame + (int64_t)t);
        }
        if (failed)
            break;
        if (every) {
            run->states[t + 1] = after;
        } else { /* none but the last is kept */
            size_t size = after.count;
            memmove(run->ends, run->ends + after.first, size * sizeof *run->ends);
            memmove(run->blank, run->blank + after.first, size * sizeof *run->blank);
            memmove(run->symbol, run->symbol + after.first, size * sizeof *run->symbol);
            after.first = 0;
            run->end_count = size;
            run->states[0] = after;
        }
        last = after;
    }
    done(&w);
    return failed;
}

void beam_free(Run *run)
{
    free(run->nodes);
    free(run->ends);
    free(run->blank);
    free(run->symbol);
    free(run->states);
    memset(run, 0, sizeof *run);
}
