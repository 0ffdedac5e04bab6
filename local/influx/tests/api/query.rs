//! `POST /api/v2/query`: the project's own queries, and no other.

use adx_queries::{Measurement, Query};

use crate::client::{Answer, TOKEN, demand, send, server_keeping, write};

async fn ask(server: &adx_local_influx::LocalInflux, query: &str, dialect: &str) -> Answer {
    let body = format!(r#"{{"query":{},"type":"flux"{dialect}}}"#, serde_json::Value::from(query));
    let headers = [TOKEN, "Content-Type: application/json"];
    send(server, "POST", "/api/v2/query?org=adx", &headers, body.as_bytes()).await.expect("an answer")
}

#[tokio::test]
async fn points_come_back_as_annotated_csv() {
    let server = server_keeping(None).await;
    write(&server, "demand,exchange=a\\,b,shard=0 slots=3i,final=false 946684799\ndemand,exchange=a\\,b,shard=0 slots=4i,final=true 4102444740").await;
    let text = Query::Points { measurement: Measurement::Demand }.text("run");
    let answer =
        ask(&server, &text, r#","dialect":{"annotations":["datatype","group","default"],"header":true}"#).await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/csv; charset=utf-8"), "{}", answer.head);
    assert_eq!(
        answer.body,
        "#datatype,string,long,dateTime:RFC3339,string,string,string,boolean,long\r\n\
         #group,false,false,false,true,true,true,false,false\r\n\
         #default,_result,,,,,,,\r\n\
         ,result,table,_time,_measurement,exchange,shard,final,slots\r\n\
         ,,0,1999-12-31T23:59:59Z,demand,\"a,b\",0,false,3\r\n\
         ,,0,2099-12-31T23:59:00Z,demand,\"a,b\",0,true,4\r\n\
         \r\n"
    );
}

#[tokio::test]
async fn every_query_of_the_project_is_answered() {
    let server = server_keeping(None).await;
    for query in Query::all() {
        let answer = ask(&server, &query.text("run"), "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "\r\n"), "{query:?}");
    }
    assert_eq!(demand(&server).await.status, 200);
}

#[tokio::test]
async fn other_queries_are_refused() {
    let server = server_keeping(None).await;
    let text = Query::Points { measurement: Measurement::Demand }.text("nope");
    let absent = ask(&server, &text, "").await;
    assert_eq!(absent.status, 404);
    assert!(absent.body.contains("could not find bucket"), "{absent:?}");
    let unknown = ask(&server, "buckets()", "").await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.body.contains("not one of the project's") && unknown.body.contains("pivot("), "{unknown:?}");
    let text = Query::Points { measurement: Measurement::Demand }.text("run");
    for dialect in [r#","dialect":{"annotations":["unit"]}"#, r#","dialect":{"delimiter":";"}"#] {
        assert_eq!(ask(&server, &text, dialect).await.status, 400, "{dialect}");
    }
    let no_json = send(&server, "POST", "/api/v2/query?org=adx", &[TOKEN], b"from()").await.expect("an answer");
    assert_eq!(no_json.status, 400);
    let no_token = send(&server, "POST", "/api/v2/query?org=adx", &[], text.as_bytes()).await.expect("an answer");
    assert_eq!(no_token.status, 401);
}
