//! Tests of the whole crate, in one binary.
//!
//! `support` has what those need that run the program as users do: copies of folders, and the program away from whatever
//! the machine is like.

mod broken;
mod caching;
mod capabilities;
mod chart_layers;
mod charts;
mod clusters;
mod crash;
mod examples;
mod faults;
mod fetches;
mod generated_fleet;
mod imports;
mod jobs;
mod kept;
mod limited;
mod locking;
mod lookups;
mod mutants;
mod oci;
mod packs;
mod planes;
mod planned;
mod profile_trips;
mod profiles;
mod properties;
mod random;
mod rebuilds;
mod registries;
mod rendering;
mod secrets;
mod served;
mod server_changes;
mod server_faults;
mod server_packs;
mod server_plans;
mod server_ways;
mod servers;
mod slim;
mod sources;
mod support;
mod vendored;
