// SPDX-License-Identifier: Apache-2.0

// Package export_test_guests_web: the interface web through generated bindings of wasi:http.
package export_test_guests_web

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	wit "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/test_guests_web"
	handler "wit_component/wasi_http_outgoing_handler"
	http "wit_component/wasi_http_types"
	streams "wit_component/wasi_io_streams"
)

// The host allocates in the guest while it hands over bytes, and no import may be called then; but Go's collector reads
// the wall clock and would trap. So it runs only when told to, between two reads.
const collectEvery = 1 << 20

func init() {
	debug.SetGCPercent(-1)
}

func schemeOf(name string) http.Scheme {
	switch name {
	case "http":
		return http.MakeSchemeHttp()
	case "https":
		return http.MakeSchemeHttps()
	}
	return http.MakeSchemeOther(name)
}

func requestFor(url string) (*http.OutgoingRequest, error) {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		return nil, errors.New("not a URL")
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority, path, _ := strings.Cut(rest, "/")
	request := http.MakeOutgoingRequest(http.MakeFields())
	if request.SetScheme(wit.Some(schemeOf(scheme))).IsErr() ||
		request.SetAuthority(wit.Some(authority)).IsErr() ||
		request.SetPathWithQuery(wit.Some("/" + path)).IsErr() {
		return nil, errors.New("not a request")
	}
	return request, nil
}

func await(future *http.FutureIncomingResponse) (*http.IncomingResponse, error) {
	ready := future.Subscribe()
	ready.Block()
	ready.Drop()
	answer := future.Get()
	if answer.IsNone() || answer.Some().IsErr() {
		return nil, errors.New("no answer")
	}
	if result := answer.Some().Ok(); result.IsErr() {
		return nil, fmt.Errorf("error code %d", result.Err().Tag())
	} else {
		return result.Ok(), nil
	}
}

func readAll(stream *streams.InputStream) ([]byte, error) {
	var data []byte
	for next := collectEvery; ; {
		if len(data) >= next {
			runtime.GC()
			next += collectEvery
		}
		part := stream.BlockingRead(65536)
		if part.IsErr() && part.Err().Tag() == streams.StreamError_Closed {
			return data, nil
		}
		if part.IsErr() {
			return nil, errors.New("stream error")
		}
		data = append(data, part.Ok()...)
	}
}

func get(url string) (page test_guests_web.Page, err error) {
	request, err := requestFor(url)
	if err != nil {
		return page, err
	}
	future := handler.Handle(request, wit.None[*http.RequestOptions]())
	if future.IsErr() {
		return page, fmt.Errorf("error code %d", future.Err().Tag())
	}
	response, err := await(future.Ok())
	if err != nil {
		return page, err
	}
	body := response.Consume().Ok()
	stream := body.Stream().Ok()
	data, err := readAll(stream)
	stream.Drop()
	body.Drop()
	page.Status = response.Status()
	page.Body = strings.ToValidUTF8(string(data), "?")
	return page, err
}

func Fetch(url string) wit.Result[test_guests_web.Page, string] {
	page, err := get(url)
	if err != nil {
		return wit.Err[test_guests_web.Page, string](err.Error())
	}
	return wit.Ok[test_guests_web.Page, string](page)
}
