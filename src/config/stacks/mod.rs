//! From documents and packs to stacks: composition rules, variables, constraints, order.
