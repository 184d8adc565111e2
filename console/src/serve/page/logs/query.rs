//! The query for CloudWatch Logs Insights that finds the same lines in AWS.

use segment::TraceId;

/// Returns a query that finds a trace's lines in any log group, by either form of its id.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>
pub(super) fn insights(id: TraceId) -> String {
    format!(
        "fields @timestamp, @log, @message\n\
         | filter @message like \"{id}\" or @message like \"{}\"\n\
         | sort @timestamp asc\n\
         | limit 1000",
        id.to_hex()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_has_both_spellings() {
        let id: TraceId = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap();
        let query = insights(id);
        assert!(
            query.contains("like \"1-5f84c7a1-e7d1852db8c4fd35d88bf49a\" or"),
            "{query}"
        );
        assert!(
            query.contains("like \"5f84c7a1e7d1852db8c4fd35d88bf49a\"\n"),
            "{query}"
        );
    }
}
