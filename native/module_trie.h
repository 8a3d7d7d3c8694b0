#ifndef INKREC_MODULE_TRIE_H
#define INKREC_MODULE_TRIE_H

#include "module.h"
#include "trie.h"

typedef struct {
    PyObject_HEAD
    Trie trie;
    Buffer buffers[4]; /* labels, probs, children, rests: the model's own */
} TrieObject;

#endif
