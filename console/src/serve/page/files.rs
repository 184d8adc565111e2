//! The page's files, from the folder `page`, as they were when the console was built.

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
    file!("icon.svg"),
    file!("main.js"),
    file!("model/address.js"),
    file!("model/assemble.js"),
    file!("model/completion.js"),
    file!("model/critical-path.js"),
    file!("model/differences.js"),
    file!("model/entity.js"),
    file!("model/expression.js"),
    file!("model/facets.js"),
    file!("model/failure.js"),
    file!("model/fold.js"),
    file!("model/format.js"),
    file!("model/graph.js"),
    file!("model/instant.js"),
    file!("model/layout.js"),
    file!("model/losses.js"),
    file!("model/match.js"),
    file!("model/objects.js"),
    file!("model/outcome.js"),
    file!("model/quantile.js"),
    file!("model/rows.js"),
    file!("model/scatter.js"),
    file!("model/statistics.js"),
    file!("model/trace-id.js"),
    file!("model/traces-file.js"),
    file!("screens/compare.js"),
    file!("screens/keys.js"),
    file!("screens/open-file.js"),
    file!("screens/question.js"),
    file!("screens/sampling.js"),
    file!("screens/service-map.js"),
    file!("screens/trace.js"),
    file!("screens/traces.js"),
    file!("screens/wire.js"),
    file!("state/live.js"),
    file!("state/preferences.js"),
    file!("state/refresher.js"),
    file!("state/route.js"),
    file!("style/frame.css"),
    file!("style/map.css"),
    file!("style/sampling.css"),
    file!("style/tokens.css"),
    file!("style/trace.css"),
    file!("style/traces.css"),
    file!("views/compare/comparison.js"),
    file!("views/compare/lines.js"),
    file!("views/frame/filter-box.js"),
    file!("views/frame/frame.js"),
    file!("views/frame/help.js"),
    file!("views/frame/opening.js"),
    file!("views/frame/theme-switch.js"),
    file!("views/frame/time-range.js"),
    file!("views/map/details.js"),
    file!("views/map/draw.js"),
    file!("views/map/edge.js"),
    file!("views/map/labels.js"),
    file!("views/map/legend.js"),
    file!("views/map/map.js"),
    file!("views/map/node.js"),
    file!("views/map/over-time.js"),
    file!("views/map/pan-zoom.js"),
    file!("views/map/walk.js"),
    file!("views/parts/brush.js"),
    file!("views/parts/dom.js"),
    file!("views/parts/empty.js"),
    file!("views/parts/handle.js"),
    file!("views/parts/histogram.js"),
    file!("views/parts/panel.js"),
    file!("views/parts/problem.js"),
    file!("views/parts/received.js"),
    file!("views/parts/sign.js"),
    file!("views/parts/window-list.js"),
    file!("views/sampling/columns.js"),
    file!("views/sampling/editor.js"),
    file!("views/sampling/rules.js"),
    file!("views/trace/exceptions.js"),
    file!("views/trace/exported.js"),
    file!("views/trace/flame.js"),
    file!("views/trace/head.js"),
    file!("views/trace/line.js"),
    file!("views/trace/logs.js"),
    file!("views/trace/overview.js"),
    file!("views/trace/raw.js"),
    file!("views/trace/statistics.js"),
    file!("views/trace/tabs.js"),
    file!("views/trace/timeline.js"),
    file!("views/trace/tools.js"),
    file!("views/traces/differing.js"),
    file!("views/traces/groups.js"),
    file!("views/traces/list.js"),
    file!("views/traces/pages.js"),
    file!("views/traces/refiners.js"),
    file!("views/traces/scatter.js"),
    file!("views/wire/datagrams.js"),
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
