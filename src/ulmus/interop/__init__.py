"""Other libraries' files: what is read of them, and what is written for them.

| file | part |
|---|---|
| `restricted_pickle` | lists of strings out of a pickle, and into one; nothing is ever called |
| `fastai_weights` | a `.pth` file as tensors, checked |
| `fastai_layout` | the key names of four libraries, and which weight each one is |
| `fastai_head` | the same for a classifier's head |
| `fastai_vocabulary` | vocabulary files, and the order of special tokens |
| `fastai_export` | weights under the names that fastai 2 loads |
| `fastai_names` | fastai's own names for parts of ours |
"""
