/* inkrec._core.beam: Python's values to a run of the beam, and back. */
#include <stdlib.h>
#include <string.h>

#include "beam.h"
#include "module_trie.h"

enum { KEYS, ABOVE, SYMBOLS, LMS, BLANK, MASS, COLUMNS };

/* The beam that was given: six lists of the same length. */
static int given(Run *run, PyObject *prefixes, size_t classes, const Trie *trie, size_t frames)
{
    PyObject *lists[COLUMNS];
    if (!PyArg_ParseTuple(prefixes, "OOOOOO", lists, lists + 1, lists + 2, lists + 3, lists + 4,
                          lists + 5))
        return -1;
    Py_ssize_t count = -1;
    for (int i = 0; i < COLUMNS; i++) {
        Py_ssize_t n = PyList_Check(lists[i]) ? PyList_Size(lists[i]) : -1;
        if (n < 1 || n > 1 << 24 || (i && n != count)) {
            PyErr_SetString(PyExc_ValueError, "a beam is six lists of the same length");
            return -1;
        }
        count = n;
    }
    size_t n = (size_t)count;
    run->nodes = malloc(n * sizeof *run->nodes);
    run->ends = malloc(n * sizeof *run->ends);
    run->blank = malloc(n * sizeof *run->blank);
    run->symbol = malloc(n * sizeof *run->symbol);
    run->states = calloc(frames + 1, sizeof *run->states);
    if (!run->nodes || !run->ends || !run->blank || !run->symbol || !run->states) {
        PyErr_NoMemory();
        return -1;
    }
    run->node_count = run->node_room = run->end_count = run->end_room = n;
    run->states[0].count = n;
    for (size_t i = 0; i < n; i++) {
        Node *node = run->nodes + i;
        Py_ssize_t at = (Py_ssize_t)i;
        node->parent = -1;
        node->frame = 0;
        node->key = PyLong_AsLongLong(PyList_GetItem(lists[KEYS], at));
        node->above = PyLong_AsLongLong(PyList_GetItem(lists[ABOVE], at));
        long long symbol = PyLong_AsLongLong(PyList_GetItem(lists[SYMBOLS], at));
        long long lm = trie ? PyLong_AsLongLong(PyList_GetItem(lists[LMS], at)) : 0;
        run->ends[i] = (int32_t)i;
        run->blank[i] = PyFloat_AsDouble(PyList_GetItem(lists[BLANK], at));
        run->symbol[i] = PyFloat_AsDouble(PyList_GetItem(lists[MASS], at));
        if (PyErr_Occurred())
            return -1;
        if (symbol < 0 || (size_t)symbol >= classes ||
            (trie && (lm < 0 || (size_t)lm > trie->nodes))) {
            PyErr_Format(PyExc_IndexError, "no prefix of a symbol %lld and a state %lld", symbol,
                         lm);
            return -1;
        }
        node->symbol = (int32_t)symbol;
        node->lm = (int32_t)lm;
    }
    return 0;
}

/* A tuple's item, its reference taken; -1 where there is none. */
static int put(PyObject *tuple, size_t at, PyObject *item)
{
    return item ? PyTuple_SetItem(tuple, (Py_ssize_t)at, item) : -1;
}

static PyObject *floats(const double *from, size_t count)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple && i < count; i++)
        if (put(tuple, i, PyFloat_FromDouble(from[i])) < 0)
            Py_CLEAR(tuple);
    return tuple;
}

/* New prefixes that lead to a state, and the states. */
static PyObject *told(const Run *run, size_t old, size_t first, size_t last)
{
    PyObject *nodes = NULL, *states = NULL, *result = NULL;
    /* place of each node among those that are told, those given first */
    int32_t *place = calloc(run->node_count, sizeof *place);
    if (!place)
        return PyErr_NoMemory();
    for (size_t s = first; s <= last; s++)
        for (size_t i = 0; i < run->states[s].count; i++)
            place[run->ends[run->states[s].first + i]] = 1;
    size_t wanted = 0;
    for (size_t i = run->node_count; i-- > old;)
        if (place[i]) {
            wanted++;
            place[run->nodes[i].parent] = 1;
        }
    int32_t next = (int32_t)old;
    for (size_t i = 0; i < run->node_count; i++)
        place[i] = i < old ? (int32_t)i : place[i] ? next++ : -1;
    nodes = PyTuple_New((Py_ssize_t)wanted);
    states = PyTuple_New((Py_ssize_t)(last + 1 - first));
    if (!nodes || !states)
        goto out;
    for (size_t i = old; i < run->node_count; i++) {
        const Node *n = run->nodes + i;
        if (place[i] >= 0 &&
            put(nodes, (size_t)place[i] - old,
                Py_BuildValue("(iiLLi)", place[n->parent], n->symbol, (long long)n->frame,
                              (long long)n->key, n->lm)) < 0)
            goto out;
    }
    for (size_t s = first; s <= last; s++) {
        const State *state = run->states + s;
        PyObject *ends = PyTuple_New((Py_ssize_t)state->count);
        for (size_t i = 0; ends && i < state->count; i++)
            if (put(ends, i, PyLong_FromLong(place[run->ends[state->first + i]])) < 0)
                Py_CLEAR(ends);
        PyObject *blank = floats(run->blank + state->first, state->count);
        PyObject *symbol = floats(run->symbol + state->first, state->count);
        PyObject *item = ends && blank && symbol
                             ? Py_BuildValue("(OOOd)", ends, blank, symbol, state->log_scale)
                             : NULL;
        Py_XDECREF(ends);
        Py_XDECREF(blank);
        Py_XDECREF(symbol);
        if (put(states, s - first, item) < 0)
            goto out;
    }
    result = Py_BuildValue("(OO)", nodes, states);
out:
    free(place);
    Py_XDECREF(nodes);
    Py_XDECREF(states);
    return result;
}

PyObject *core_beam(PyObject *module, PyObject *args)
{
    Types *types = PyModule_GetState(module);
    PyObject *probs, *prefixes, *trie_object, *index_object, *result = NULL;
    Py_ssize_t width;
    Search search;
    long long frame;
    double log_scale, unknown;
    int every;
    if (!PyArg_ParseTuple(args, "(nddddd)OLdOOOdp:beam", &width, &search.cut, &search.sure,
                          &search.narrow, &search.alpha, &search.beta, &probs, &frame, &log_scale,
                          &prefixes, &trie_object, &index_object, &unknown, &every))
        return NULL;
    if (!PyTuple_Check(prefixes) || width < 1 || width > 1 << 24) {
        PyErr_SetString(PyExc_ValueError, "a beam is a tuple of lists, and of some width");
        return NULL;
    }
    search.width = (size_t)width;
    const Trie *trie = NULL;
    if (trie_object != Py_None) {
        int is = PyObject_IsInstance(trie_object, types->trie);
        if (is <= 0) {
            if (!is)
                PyErr_SetString(PyExc_TypeError, "the language model is no Trie");
            return NULL;
        }
        trie = &((TrieObject *)trie_object)->trie;
    }
    Run run;
    Buffer b, index;
    memset(&run, 0, sizeof run);
    memset(&b, 0, sizeof b);
    memset(&index, 0, sizeof index);
    if (take(&b, probs, "probs", "d", 2, 0) < 0 || dense(&b, "probs") < 0)
        goto out;
    size_t frames = (size_t)b.view.shape[0], classes = (size_t)b.view.shape[1];
    if (classes < 1 || classes > 1 << 24 ||
        (frames > 1 && b.view.strides[0] != (Py_ssize_t)(classes * sizeof(double)))) {
        PyErr_SetString(PyExc_ValueError, "probs does not lie without gaps");
        goto out;
    }
    if (trie) {
        if (take(&index, index_object, "index", "i", 1, 0) < 0 || dense(&index, "index") < 0 ||
            must(&index, "index", 0, (Py_ssize_t)classes) < 0)
            goto out;
        const int32_t *known = index.view.buf;
        for (size_t i = 0; i < classes; i++)
            if (known[i] < 0 || (size_t)known[i] > trie->symbols) {
                PyErr_Format(PyExc_IndexError, "the trie has no symbol %d", (int)known[i]);
                goto out;
            }
    }
    if (given(&run, prefixes, classes, trie, every ? frames : 0) < 0)
        goto out;
    run.states[0].log_scale = log_scale;
    size_t old = run.node_count;
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = beam_run(&run, &search, b.view.buf, frames, classes, frame, trie,
                      trie ? index.view.buf : NULL, unknown, every);
    Py_END_ALLOW_THREADS
    if (failed)
        PyErr_NoMemory();
    else
        result = every ? told(&run, old, 1, frames) : told(&run, old, 0, 0);
out:
    beam_free(&run);
    leave(&b);
    leave(&index);
    return result;
}
