// Makes the calls of the standard input with AWS's SDK for Go; see ../README.md.
//
// The SDK's types have the names of the API, so that values go in and out by reflection.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/aws/smithy-go"
	smithymiddleware "github.com/aws/smithy-go/middleware"
)

// Call is one line of the input.
type Call struct {
	Operation string         `json:"operation"`
	Input     map[string]any `json:"input"`
}

func main() {
	client := xray.New(xray.Options{
		BaseEndpoint:     aws.String(os.Args[1]),
		Region:           "eu-west-1",
		Credentials:      credentials.NewStaticCredentialsProvider("none", "none", ""),
		RetryMaxAttempts: 1,
	})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var call Call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(answer(client, call)); err != nil {
			log.Fatal(err)
		}
	}
}

func answer(client *xray.Client, call Call) map[string]any {
	method := reflect.ValueOf(client).MethodByName(call.Operation)
	if !method.IsValid() {
		log.Fatalf("the SDK has no %s", call.Operation)
	}
	input := reflect.New(method.Type().In(1).Elem())
	set(input.Elem(), call.Input)
	results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if err, isError := results[1].Interface().(error); isError {
		return failure(err)
	}
	output := results[0].Elem()
	metadata := output.FieldByName("ResultMetadata").Interface().(smithymiddleware.Metadata)
	id, _ := middleware.GetRequestIDMetadata(metadata)
	return map[string]any{"requestId": id, "output": plain(output)}
}

func failure(err error) map[string]any {
	var of smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &of) || !errors.As(err, &response) {
		log.Fatal(err)
	}
	return map[string]any{
		"error":     of.ErrorCode(),
		"message":   of.ErrorMessage(),
		"status":    response.HTTPStatusCode(),
		"requestId": response.ServiceRequestID(),
	}
}

// set puts a value of JSON where the SDK takes it.
func set(to reflect.Value, value any) {
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		set(to.Elem(), value)
	case reflect.Struct:
		if to.Type() == reflect.TypeFor[time.Time]() {
			to.Set(reflect.ValueOf(time.UnixMilli(int64(value.(float64) * 1000))))
			return
		}
		for name, inner := range value.(map[string]any) {
			// This SDK is told of new members later than the others.
			if member := to.FieldByName(name); member.IsValid() {
				set(member, inner)
			}
		}
	case reflect.Slice:
		for _, inner := range value.([]any) {
			element := reflect.New(to.Type().Elem()).Elem()
			set(element, inner)
			to.Set(reflect.Append(to, element))
		}
	case reflect.Map:
		to.Set(reflect.MakeMap(to.Type()))
		for name, inner := range value.(map[string]any) {
			element := reflect.New(to.Type().Elem()).Elem()
			set(element, inner)
			to.SetMapIndex(reflect.ValueOf(name), element)
		}
	case reflect.Interface:
		// The only union of requests.
		rule := &types.IndexingRuleValueUpdateMemberProbabilistic{}
		set(reflect.ValueOf(&rule.Value).Elem(), value.(map[string]any)["Probabilistic"])
		to.Set(reflect.ValueOf(rule))
	default:
		to.Set(reflect.ValueOf(value).Convert(to.Type()))
	}
}

// plain returns a value of the SDK as JSON has it; what is absent is left out.
func plain(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		// A member of a union is a type of its own, named after the union and itself.
		if value.Kind() == reflect.Interface {
			member := value.Elem().Elem()
			_, name, _ := strings.Cut(member.Type().Name(), "Member")
			return map[string]any{name: plain(member.FieldByName("Value"))}
		}
		if text, isText := value.Interface().(*string); isText {
			return *text
		}
		return plain(value.Elem())
	case reflect.Struct:
		if at, isTime := value.Interface().(time.Time); isTime {
			return float64(at.Unix()) + float64(at.Nanosecond())/1e9
		}
		members := map[string]any{}
		for index := range value.NumField() {
			field := value.Type().Field(index)
			if !field.IsExported() || field.Name == "ResultMetadata" {
				continue
			}
			if inner := plain(value.Field(index)); inner != nil {
				members[field.Name] = inner
			}
		}
		return members
	case reflect.Slice:
		if value.IsNil() {
			return nil
		}
		values := []any{}
		for index := range value.Len() {
			values = append(values, plain(value.Index(index)))
		}
		return values
	case reflect.Map:
		if value.IsNil() {
			return nil
		}
		members := map[string]any{}
		for _, key := range value.MapKeys() {
			members[key.String()] = plain(value.MapIndex(key))
		}
		return members
	case reflect.String:
		if value.Len() == 0 {
			// An enum that is absent.
			return nil
		}
		return value.String()
	default:
		return value.Interface()
	}
}
