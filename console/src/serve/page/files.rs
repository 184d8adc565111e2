//! The page: the files of the folder `page`, as they were when the console was built.

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

use crate::serve::{error::ApiError, state::Console};

const INDEX: &str = include_str!("../../../page/index.html");

/// A file of the page: its path and its text.
type File = (&'static str, &'static str);

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../page/", $path)))
    };
}

/// Every file but the first one, `index.html`.
const FILES: &[File] = &[
    file!("api.js"),
    file!("app.js"),
    file!("brush.js"),
    file!("compare/lines.js"),
    file!("compare/match.js"),
    file!("compare/view.js"),
    file!("completion.js"),
    file!("delivery.js"),
    file!("dom.js"),
    file!("empty.js"),
    file!("expression.js"),
    file!("filter-box.js"),
    file!("format.js"),
    file!("frame.js"),
    file!("histogram.js"),
    file!("icon.svg"),
    file!("keyboard.js"),
    file!("live.js"),
    file!("map/details.js"),
    file!("map/draw.js"),
    file!("map/edge.js"),
    file!("map/graph.js"),
    file!("map/layout.js"),
    file!("map/node.js"),
    file!("map/pan-zoom.js"),
    file!("map/view.js"),
    file!("outcome.js"),
    file!("panel.js"),
    file!("problem.js"),
    file!("question.js"),
    file!("route.js"),
    file!("sampling/columns.js"),
    file!("sampling/editor.js"),
    file!("sampling/view.js"),
    file!("style/frame.css"),
    file!("style/map.css"),
    file!("style/sampling.css"),
    file!("style/tokens.css"),
    file!("style/trace.css"),
    file!("style/traces.css"),
    file!("theme.js"),
    file!("trace-id.js"),
    file!("trace/assemble.js"),
    file!("trace/critical-path.js"),
    file!("trace/exceptions.js"),
    file!("trace/export.js"),
    file!("trace/head.js"),
    file!("trace/line.js"),
    file!("trace/logs.js"),
    file!("trace/raw.js"),
    file!("trace/rows.js"),
    file!("trace/tabs.js"),
    file!("trace/timeline.js"),
    file!("trace/tools.js"),
    file!("trace/view.js"),
    file!("traces/facets.js"),
    file!("traces/groups.js"),
    file!("traces/list.js"),
    file!("traces/refiners.js"),
    file!("traces/scatter.js"),
    file!("traces/view.js"),
    file!("window-list.js"),
    file!("wire.js"),
];

/// Returns the routes of the files.
pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/", get(|| async { Html(INDEX) }))
        .route("/page/{*path}", get(file))
}

async fn file(Path(path): Path<String>) -> Result<Response, ApiError> {
    let file = FILES.iter().find(|(name, _)| *name == path);
    let (name, text) =
        file.ok_or_else(|| ApiError::not_found(&path, format!("the page has no file {path}")))?;
    let kind = HeaderValue::from_static(media_type(name));
    Ok(([(header::CONTENT_TYPE, kind)], *text).into_response())
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    fn walk(folder: &Path, root: &Path, files: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                files.insert(
                    path.strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }

    #[test]
    fn the_table_has_every_file_of_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let mut folder = BTreeSet::new();
        walk(&root, &root, &mut folder);
        let table = FILES.iter().map(|(name, _)| (*name).to_owned());
        let table: BTreeSet<String> = table.chain(["index.html".to_owned()]).collect();
        assert_eq!(table, folder);
    }

    #[test]
    fn every_file_has_a_media_type_of_its_own() {
        for (name, _) in FILES {
            assert_ne!(media_type(name), "text/plain; charset=utf-8", "{name}");
        }
    }
}
