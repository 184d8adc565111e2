//! The rules for everything that is applied. Each rule returns its complaints; [`breaking`] shows that each one can
//! fail.

mod breaking;
mod network;
mod pods;

use serde_json::Value;

use crate::manifests::render::renderings;

/// Everything that is wrong with the objects.
pub(crate) fn complaints(objects: &[Value]) -> Vec<String> {
    [pods::complaints(objects), network::complaints(objects)].concat()
}

#[test]
fn nothing_that_is_rendered_breaks_the_policy() {
    for rendering in renderings() {
        let complaints = complaints(&rendering.objects);
        assert!(
            complaints.is_empty(),
            "{}:\n{}",
            rendering.name,
            complaints.join("\n")
        );
    }
}
