"""The files that machines' tools take: each writer turns a legal picture into bytes."""
