// SPDX-License-Identifier: BSD-3-Clause
// Go: go lines|bulk|http|udp; prints its port and serves. A goroutine for each connection.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Answers lines that have arrived together in one write.
func lines(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, 4096)
	writer := bufio.NewWriterSize(conn, 4096)
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return
		}
		writer.Write(line)
		if reader.Buffered() == 0 && writer.Flush() != nil {
			return
		}
	}
}

// Hides the methods by which io.Copy would splice inside the kernel: an echo sees its bytes.
type plain struct{ io.ReadWriter }

func bulk(conn net.Conn) {
	defer conn.Close()
	io.CopyBuffer(plain{conn}, plain{conn}, make([]byte, 256*1024))
}

// Go sets TCP_NODELAY by itself.
func tcp(listener net.Listener, handler func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		fail(err)
		go handler(conn)
	}
}

func web(listener net.Listener) {
	http.HandleFunc("/hello", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "Hello, world!\n")
	})
	fail(http.Serve(listener, nil))
}

func udp() {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	fail(err)
	fmt.Println(conn.LocalAddr().(*net.UDPAddr).Port)
	data := make([]byte, 65536)
	for {
		n, sender, err := conn.ReadFromUDPAddrPort(data)
		fail(err)
		conn.WriteToUDPAddrPort(data[:n], sender)
	}
}

func main() {
	kind := os.Args[1]
	if kind == "hello" || kind == "check" {
		fmt.Println("hello")
		return
	}
	if kind == "udp" {
		udp()
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	fail(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	switch kind {
	case "lines":
		tcp(listener, lines)
	case "bulk":
		tcp(listener, bulk)
	case "http":
		web(listener)
	}
}
