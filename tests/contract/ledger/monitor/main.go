// A monitor made of Go's own transparency-log packages (golang.org/x/mod/sumdb/note and tlog), which share nothing with
// the gateway. It reads a request on standard input, checks everything the request names, and writes what it would
// have said itself: its own proofs, for the gateway's code to check in turn.
//
// Exit code 0: all of it holds. 1: something does not; standard error says what. 2: the request makes no sense.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8
const tileWidth = 1 << tileHeight

type recordProof struct {
	Index int64       `json:"index"`
	Entry string      `json:"entry,omitempty"` // the bytes, base64
	Proof []tlog.Hash `json:"proof"`
}

type treeProof struct {
	OldSize int64       `json:"oldSize"`
	OldRoot tlog.Hash   `json:"oldRoot"`
	Proof   []tlog.Hash `json:"proof"`
}

type request struct {
	Ledger  string        `json:"ledger"`            // folder with checkpoint and tile/
	Entries string        `json:"entries,omitempty"` // folder with tile/entries/, if they are to be read
	Keys    []string      `json:"keys"`              // verifier keys of the log
	Records []recordProof `json:"records"`
	Trees   []treeProof   `json:"trees"`
}

type answer struct {
	Origin  string        `json:"origin"`
	Size    int64         `json:"size"`
	Root    tlog.Hash     `json:"root"`
	Entries int64         `json:"entries"` // read from bundles
	Records []recordProof `json:"records"`
	Trees   []treeProof   `json:"trees"`
}

// number is the path of a tile's index as C2SP tlog-tiles spells it.
func number(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

func tilePath(level string, n int64, width int) string {
	path := "tile/" + level + "/" + number(n)
	if width < tileWidth {
		path += ".p/" + strconv.Itoa(width)
	}
	return path
}

// folder is a tlog.TileReader over a ledger folder.
type folder string

func (f folder) Height() int                      { return tileHeight }
func (f folder) SaveTiles([]tlog.Tile, [][]byte)  {}
func (f folder) read(path string) ([]byte, error) { return os.ReadFile(filepath.Join(string(f), path)) }
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := f.read(tilePath(strconv.Itoa(t.L), t.N, t.W))
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", t.Path(), len(data))
		}
		out = append(out, data)
	}
	return out, nil
}

// bundle gives the entries of one bundle.
func (f folder) bundle(n int64, width int) ([][]byte, error) {
	data, err := f.read(tilePath("entries", n, width))
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle %d is cut off", n)
		}
		length := int(binary.BigEndian.Uint16(data))
		out = append(out, data[2:2+length])
		data = data[2+length:]
	}
	if len(out) != width {
		return nil, fmt.Errorf("bundle %d has %d entries, not %d", n, len(out), width)
	}
	return out, nil
}

func openCheckpoint(text []byte, keys []string) (origin string, tree tlog.Tree, err error) {
	var verifiers []note.Verifier
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return "", tree, fmt.Errorf("%s: %v", key, err)
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return "", tree, err
	}
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 0 {
		return "", tree, fmt.Errorf("%d signatures of ours, %d of others", len(opened.Sigs), len(opened.UnverifiedSigs))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return "", tree, errors.New("the checkpoint does not have three lines")
	}
	if opened.Sigs[0].Name != lines[0] {
		return "", tree, errors.New("the origin is not the name of the key")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || strconv.FormatInt(tree.N, 10) != lines[1] {
		return "", tree, fmt.Errorf("size %q", lines[1])
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return lines[0], tree, err
}

// leaves reads every hash of level 0 through TileHashReader, which proves each tile it reads against the root.
func leaves(tree tlog.Tree, hashes tlog.HashReader, each func(n int64, hash tlog.Hash) error) error {
	for first := int64(0); first < tree.N; first += tileWidth {
		var indexes []int64
		for n := first; n < tree.N && n < first+tileWidth; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		got, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, hash := range got {
			if err := each(first+int64(i), hash); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkEntries(from folder, tree tlog.Tree, hashes tlog.HashReader) (count int64, err error) {
	var bundle [][]byte
	err = leaves(tree, hashes, func(n int64, hash tlog.Hash) (err error) {
		if from == "" {
			return nil
		}
		if n%tileWidth == 0 {
			width := tree.N - n
			if width > tileWidth {
				width = tileWidth
			}
			if bundle, err = from.bundle(n/tileWidth, int(width)); err != nil {
				return err
			}
		}
		if tlog.RecordHash(bundle[n%tileWidth]) != hash {
			return fmt.Errorf("entry %d is not the one in the tree", n)
		}
		count++
		return nil
	})
	return count, err
}

func checkRecords(given []recordProof, tree tlog.Tree, hashes tlog.HashReader) (own []recordProof, err error) {
	for _, r := range given {
		entry, err := base64.StdEncoding.DecodeString(r.Entry)
		if err != nil {
			return nil, err
		}
		leaf := tlog.RecordHash(entry)
		if err := tlog.CheckRecord(r.Proof, tree.N, tree.Hash, r.Index, leaf); err != nil {
			return nil, fmt.Errorf("record %d: %v", r.Index, err)
		}
		for i := range r.Proof {
			r.Proof[i][0] ^= 1
			if tlog.CheckRecord(r.Proof, tree.N, tree.Hash, r.Index, leaf) == nil {
				return nil, fmt.Errorf("record %d: hash %d of the proof does not matter", r.Index, i)
			}
			r.Proof[i][0] ^= 1
		}
		proof, err := tlog.ProveRecord(tree.N, r.Index, hashes)
		if err != nil {
			return nil, err
		}
		own = append(own, recordProof{Index: r.Index, Proof: proof})
	}
	return own, nil
}

func checkTrees(given []treeProof, tree tlog.Tree, hashes tlog.HashReader) (own []treeProof, err error) {
	for _, t := range given {
		if err := tlog.CheckTree(t.Proof, tree.N, tree.Hash, t.OldSize, t.OldRoot); err != nil {
			return nil, fmt.Errorf("tree %d: %v", t.OldSize, err)
		}
		root, err := tlog.TreeHash(t.OldSize, hashes)
		if err != nil {
			return nil, err
		}
		if root != t.OldRoot {
			return nil, fmt.Errorf("tree %d has another root", t.OldSize)
		}
		proof, err := tlog.ProveTree(tree.N, t.OldSize, hashes)
		if err != nil {
			return nil, err
		}
		own = append(own, treeProof{OldSize: t.OldSize, OldRoot: root, Proof: proof})
	}
	return own, nil
}

func check(r request) (out answer, err error) {
	ledger := folder(r.Ledger)
	text, err := ledger.read("checkpoint")
	if err != nil {
		return out, err
	}
	origin, tree, err := openCheckpoint(text, r.Keys)
	if err != nil {
		return out, fmt.Errorf("checkpoint: %v", err)
	}
	hashes := tlog.TileHashReader(tree, ledger)
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return out, err
	}
	if tree.N == 0 { // of which tlog has a hash of its own
		root = sha256.Sum256(nil)
	}
	if root != tree.Hash {
		return out, errors.New("the tiles do not have the root that is signed")
	}
	out = answer{Origin: origin, Size: tree.N, Root: root}
	if out.Entries, err = checkEntries(folder(r.Entries), tree, hashes); err != nil {
		return out, err
	}
	if out.Records, err = checkRecords(r.Records, tree, hashes); err != nil {
		return out, err
	}
	out.Trees, err = checkTrees(r.Trees, tree, hashes)
	return out, err
}

func main() {
	var r request
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	out, err := check(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Stdout.Write(text.Bytes())
}
