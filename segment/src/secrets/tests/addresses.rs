//! Credentials in URLs, and passwords in connection strings.

use super::{super::secret::Kind, check};

#[test]
fn credentials_in_urls_are_hidden() {
    check(
        Kind::Text,
        &[
            ("https://u:hunter2@h/a?b=c:d@e", "https://u:***@h/a?b=c:d@e"),
            ("https://u:hun:ter2@h", "https://u:***@h"),
            ("jdbc:mysql://u:p@ss@h:3306", "jdbc:mysql://u:***@h:3306"),
            ("//u:hunter2@h/x", "//u:***@h/x"),
            ("no route to //u:hunter2@h/x", "no route to //u:***@h/x"),
            ("https://hunter2@h.example/", "https://***@h.example/"),
            (
                "https://sk_live_hunter2:@api.example/",
                "https://***@api.example/",
            ),
            (
                "https://hunter2:x-oauth-basic@git.example",
                "https://***@git.example",
            ),
            ("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0"),
            ("redis://hunter2@cache:6379/0", "redis://***@cache:6379/0"),
            (
                "rediss://default:hunter2@cache",
                "rediss://default:***@cache",
            ),
            (
                "mongodb://app:hunter2@a:27017,b:27017,c:27017/o?replicaSet=r",
                "mongodb://app:***@a:27017,b:27017,c:27017/o?replicaSet=r",
            ),
            (
                "mongodb+srv://app:hunter2@c.example/o",
                "mongodb+srv://app:***@c.example/o",
            ),
            (
                "amqp://guest:hunter2@mq:5672/%2f",
                "amqp://guest:***@mq:5672/%2f",
            ),
            (
                "amqp://a:hunter2@one,amqp://a:hunter2@two",
                "amqp://a:***@one,amqp://a:***@two",
            ),
            ("postgres://u:hun/ter2@pg/shop", "postgres://u:***@pg/shop"),
            ("postgres://u:hun#ter2@pg/shop", "postgres://u:***@pg/shop"),
            ("postgres://u:hun?ter2@pg/shop", "postgres://u:***@pg/shop"),
            (
                "postgresql://u:hunter2@[::1]:5432/x",
                "postgresql://u:***@[::1]:5432/x",
            ),
            (
                "error sending request for url (http://a:hunter2@127.0.0.1:1/pay)",
                "error sending request for url (http://a:***@127.0.0.1:1/pay)",
            ),
            (
                "dial \"https://u:hunter2@h\": refused",
                "dial \"https://u:***@h\": refused",
            ),
            (
                "https://u:hunter2@a/, http://u:hunter2@b/",
                "https://u:***@a/, http://u:***@b/",
            ),
            (
                "cannot open u:hunter2@tcp(db:3306)/shop",
                "cannot open u:***@tcp(db:3306)/shop",
            ),
            (
                "u:hunter2@unix(/run/my.sock)/shop",
                "u:***@unix(/run/my.sock)/shop",
            ),
            ("u:hunter2@/shop", "u:***@/shop"),
            ("as scott/hunter2@db:1521/ORCL", "as scott/***@db:1521/ORCL"),
            ("ORA-01017: scott/hunter2@orcl", "ORA-01017: scott/***@orcl"),
            (
                "no route to u:hunter2@db.example:5432",
                "no route to u:***@db.example:5432",
            ),
            ("sftp://git:hunter2@h", "sftp://git:***@h"),
            (
                "cannot open u/hunter2@//ora:1521/svc",
                "cannot open u/***@//ora:1521/svc",
            ),
            (
                "/?next=https%3A%2F%2Fu%3ahunter2%40h.example%2Fa",
                "/?next=https%3A%2F%2Fu%3a***%40h.example%2Fa",
            ),
        ],
    );
}

#[test]
fn passwords_in_connection_strings_are_hidden() {
    check(
        Kind::Address,
        &[
            (
                "Server=db.example;User Id=sa;Password=hunter2",
                "Server=db.example;User Id=sa;Password=***",
            ),
            (
                "Server=db;Pwd=hunter2;Encrypt=yes",
                "Server=db;Pwd=***;Encrypt=yes",
            ),
            (
                "Server=db; Password = hun ter2 ; Encrypt=yes",
                "Server=db; Password = ***; Encrypt=yes",
            ),
            (
                "Server=db;Password=\"hun;ter2\";A=b",
                "Server=db;Password=\"***\";A=b",
            ),
            (
                "Server=db;Password='hun;ter2';A=b",
                "Server=db;Password='***';A=b",
            ),
            (
                "Driver={ODBC};UID=sa;PWD={hun;ter}}2};A=b",
                "Driver={ODBC};UID=sa;PWD={***};A=b",
            ),
            (
                "host=pg user=u password=hunter2 dbname=x",
                "host=pg user=u password=*** dbname=x",
            ),
            (
                "host=pg password='hun ter2' dbname=x",
                "host=pg password='***' dbname=x",
            ),
            (
                "jdbc:sqlserver://db;databaseName=x;user=sa;password=hunter2;encrypt=true",
                "jdbc:sqlserver://db;databaseName=x;user=sa;password=***;encrypt=true",
            ),
            (
                "jdbc:postgresql://pg/shop?user=app&password=hunter2&ssl=true",
                "jdbc:postgresql://pg/shop?user=app&password=***&ssl=true",
            ),
            (
                "jdbc:oracle:thin:scott/hunter2@//ora:1521/svc",
                "jdbc:oracle:thin:scott/***@//ora:1521/svc",
            ),
            (
                "jdbc:oracle:thin:scott/hunter2@ora:1521:xe",
                "jdbc:oracle:thin:scott/***@ora:1521:xe",
            ),
            (
                "jdbc:oracle:thin:scott/\"hun@ter2\"@//ora",
                "jdbc:oracle:thin:scott/***@//ora",
            ),
            (
                "jdbc:oracle:thin:scott/hunter2@(DESCRIPTION=(ADDRESS=(HOST=h)))",
                "jdbc:oracle:thin:scott/***@(DESCRIPTION=(ADDRESS=(HOST=h)))",
            ),
            (
                "jdbc:oracle:oci:scott/hunter2@tns",
                "jdbc:oracle:oci:scott/***@tns",
            ),
            ("scott/hunter2@ora:1521/XE", "scott/***@ora:1521/XE"),
            (
                "jdbc:mysql://address=(host=h)(user=u)(password=hunter2)/db",
                "jdbc:mysql://address=(host=h)(user=u)(password=***)/db",
            ),
            (
                "jdbc:db2://h:50000/db:user=u;password=hunter2;",
                "jdbc:db2://h:50000/db:user=u;password=***;",
            ),
            (
                "jdbc:teradata://h/USER=u,PASSWORD=hunter2,TMODE=ANSI",
                "jdbc:teradata://h/USER=u,PASSWORD=***,TMODE=ANSI",
            ),
            (
                "cache:6379,password=hun,ter2,ssl=true",
                "cache:6379,password=***,ssl=true",
            ),
            (
                "jdbc:databricks://h:443;AuthMech=3;UID=token;PWD=dapihunter2",
                "jdbc:databricks://h:443;AuthMech=3;UID=token;PWD=***",
            ),
            (
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"hunter2\";",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"***\";",
            ),
            (
                "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=hunter2==;EndpointSuffix=core",
                "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=***;EndpointSuffix=core",
            ),
            (
                "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=hunter2=",
                "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=***",
            ),
            (
                "Server=h;Shared Access Key=hunter2;A=b",
                "Server=h;Shared Access Key=***;A=b",
            ),
            (
                "mssql+pyodbc:///?odbc_connect=SERVER%3Dh%3BPWD%3Dhunter2%3BA%3Db",
                "mssql+pyodbc:///?odbc_connect=SERVER%3Dh%3BPWD%3D***%3BA%3Db",
            ),
            ("u:hunter2@db.example", "u:***@db.example"),
            ("app@db.example", "app@db.example"),
            ("db.example:5432", "db.example:5432"),
            ("[2001:db8::7]:443", "[2001:db8::7]:443"),
        ],
    );
}
