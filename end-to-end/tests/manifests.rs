//! The rendered manifests: every overlay and every sensible combination of components, and the rules for each. Needs
//! kubectl, the Python packages of `python/requirements.txt`, and docker-compose.

mod compose;
mod doctor;
mod ecs;
mod eks;
mod network_policy;
mod objects;
mod policy;
mod ports;
mod pushed;
mod render;
mod sample;
mod tools;
mod variables;
